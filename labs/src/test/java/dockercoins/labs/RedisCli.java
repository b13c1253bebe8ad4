package dockercoins.labs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;

/** A redis-cli in the container of Redis: nothing of ours is between the counters and the lab. */
final class RedisCli implements AutoCloseable {

  private final Process process;
  private final Writer commands;
  private final BufferedReader replies;

  RedisCli(ProcessBuilder exec) throws IOException {
    process = exec.redirectErrorStream(true).start();
    commands = process.outputWriter();
    replies = process.inputReader();
  }

  /** {@code hashes}, 0 if it is absent. */
  long hashes() {
    return number("GET hashes");
  }

  /** The number of coins in {@code wallet}. */
  long coins() {
    return number("HLEN wallet");
  }

  private synchronized long number(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
      String reply = replies.readLine();
      return reply.isEmpty() ? 0 : Long.parseLong(reply);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
