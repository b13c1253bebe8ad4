package dockercoins.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One connection to the Redis of a stack. */
final class Redis implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Socket socket = new Socket();
  private final BufferedReader replies;

  private Redis(String address) throws IOException {
    try {
      socket.connect(new InetSocketAddress(address, 6379), 1000);
      socket.setSoTimeout(1000);
      socket.setTcpNoDelay(true);
      replies =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** As soon as there is a worker that has reported. */
  static Redis awaitMining(Stack stack) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String reason = "no container";
    while (System.nanoTime() < deadline) {
      for (Engine.Container container : stack.containers("redis")) {
        try {
          return new Redis(container.address()).awaitHashes(deadline);
        } catch (IOException e) { // it starts, or reads its data
          reason = e.getMessage();
        }
      }
      Thread.sleep(20);
    }
    throw new IOException(
        "redis of %s: %s after %d s. Look at docker compose logs worker."
            .formatted(stack.file, reason, PATIENCE.toSeconds()));
  }

  private Redis awaitHashes(long deadline) throws IOException, InterruptedException {
    try {
      while (hashes() == 0) {
        if (System.nanoTime() > deadline) {
          throw new IOException("hashes is 0");
        }
        Thread.sleep(10);
      }
      return this;
    } catch (IOException | InterruptedException e) {
      close();
      throw e;
    }
  }

  /** {@code hashes}, 0 if it is absent. */
  long hashes() throws IOException {
    socket.getOutputStream().write("GET hashes\r\n".getBytes(StandardCharsets.US_ASCII));
    String reply = replies.readLine();
    if (reply == null || !reply.startsWith("$")) {
      throw new IOException("redis: GET hashes: " + reply);
    }
    return reply.equals("$-1") ? 0 : Long.parseLong(replies.readLine());
  }

  /**
   * Hashes a second: the slope of the line that fits the changes of the counter best, because
   * workers report several at a time.
   */
  double speed(Duration window) throws IOException, InterruptedException {
    List<Double> seconds = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    long before = hashes();
    long start = System.nanoTime();
    for (long time = start; time - start < window.toNanos(); time = System.nanoTime()) {
      long now = hashes();
      if (now != before) {
        seconds.add((time - start) / 1e9);
        counts.add((double) now);
        before = now;
      }
      Thread.sleep(10);
    }
    if (counts.size() < 2) {
      throw new IOException(
          "redis: hashes changed %d times in %d s. Measure longer, or look at docker compose logs worker."
              .formatted(counts.size(), window.toSeconds()));
    }
    return Statistics.slope(seconds, counts);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
