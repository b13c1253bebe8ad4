package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** Commands as one would type them. */
final class Command {

  private Command() {}

  /** What it prints, without the white space around it; an AssertionError if it fails. */
  static String run(String... command) throws IOException, InterruptedException {
    return run(new ProcessBuilder(command));
  }

  static String run(ProcessBuilder command) throws IOException, InterruptedException {
    return output(command, true);
  }

  /** What it prints; an AssertionError if it does not fail. */
  static String fail(String... command) throws IOException, InterruptedException {
    return output(new ProcessBuilder(command), false);
  }

  private static String output(ProcessBuilder command, boolean succeeds)
      throws IOException, InterruptedException {
    Process process = command.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes()).strip();
    assertThat(process.waitFor() == 0)
        .as("%s:\n%s", String.join(" ", command.command()), output)
        .isEqualTo(succeeds);
    return output;
  }
}
