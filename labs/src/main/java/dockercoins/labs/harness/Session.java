package dockercoins.labs.harness;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;

/** A command that answers each line with a line. */
public final class Session implements AutoCloseable {

  private final String command;
  private final Process process;

  public Session(String... command) throws IOException {
    this(Map.of(), List.of(command));
  }

  Session(Map<String, String> environment, List<String> command) throws IOException {
    this.command = String.join(" ", command);
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    process = builder.start();
  }

  public synchronized String ask(String line) throws IOException {
    Writer lines = process.outputWriter();
    lines.write(line + "\n");
    lines.flush();
    String answer = process.inputReader().readLine();
    if (answer == null) {
      throw new IOException("%s: ended before it answered '%s'".formatted(command, line));
    }
    return answer;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
