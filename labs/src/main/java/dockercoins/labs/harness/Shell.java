package dockercoins.labs.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs commands as one types them. */
public final class Shell {

  private Shell() {}

  /** Returns what a command prints, without white space around it, and throws if it fails. */
  public static String run(String... command) throws IOException, InterruptedException {
    return run(Map.of(), List.of(command));
  }

  /** Does the same with more environment variables. */
  public static String run(Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Result result = Result.of(environment, command);
    if (result.status != 0) {
      throw new IOException(
          "%s: exit status %d\n%s\n%s"
              .formatted(String.join(" ", command), result.status, result.output, result.errors));
    }
    return result.output;
  }

  /** Returns the error messages of a command that has to fail, and throws if it succeeds. */
  public static String fail(String... command) throws IOException, InterruptedException {
    Result result = Result.of(Map.of(), List.of(command));
    if (result.status == 0) {
      throw new IOException(
          "%s: must fail, but succeeds\n%s".formatted(String.join(" ", command), result.output));
    }
    return result.errors;
  }

  private record Result(int status, String output, String errors) {

    /** Writes the output to files, because an interrupt does not end a read from a pipe. */
    static Result of(Map<String, String> environment, List<String> command)
        throws IOException, InterruptedException {
      Path output = Files.createTempFile("shell", ".out");
      Path errors = Files.createTempFile("shell", ".err");
      var builder =
          new ProcessBuilder(command)
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        return new Result(process.waitFor(), read(output), read(errors));
      } finally {
        process.destroy();
        Files.delete(output);
        Files.delete(errors);
      }
    }

    private static String read(Path file) throws IOException {
      return new String(Files.readAllBytes(file)).strip();
    }
  }
}
