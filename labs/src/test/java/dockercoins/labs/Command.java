package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;

/** A command as one would type it. */
final class Command {

  private Command() {}

  /** What it prints, without the white space around it; an AssertionError if it fails. */
  static String run(String... command) throws IOException, InterruptedException {
    return run(new ProcessBuilder(command));
  }

  static String run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor())
        .as("%s:\n%s", String.join(" ", builder.command()), output)
        .isZero();
    return output.strip();
  }

  /** What it prints, though it fails. */
  static String fail(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as("%s:\n%s", List.of(command), output).isNotZero();
    return output.strip();
  }
}
