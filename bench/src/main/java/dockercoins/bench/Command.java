package dockercoins.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A command as one would type it. */
final class Command implements AutoCloseable {

  private final String line;
  private final Path output = Files.createTempFile("bench", ".out");
  private final Path errors = Files.createTempFile("bench", ".err");
  private final Process process;

  /** Files take what it prints, because who reads a pipe cannot be interrupted. */
  Command(String... command) throws IOException {
    line = String.join(" ", command);
    process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
  }

  /** What it prints, without the white space around it. */
  static String run(String... command) throws IOException, InterruptedException {
    try (var running = new Command(command)) {
      return running.await();
    }
  }

  String await() throws IOException, InterruptedException {
    int status = process.waitFor();
    String printed = Files.readString(output).strip();
    if (status != 0) {
      throw new IOException(
          "%s: exit status %d\n%s\n%s"
              .formatted(line, status, printed, Files.readString(errors).strip()));
    }
    return printed;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    Files.delete(output);
    Files.delete(errors);
  }
}
