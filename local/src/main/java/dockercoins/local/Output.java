package dockercoins.local;

import java.io.PrintStream;
import java.util.List;

/** Prints the lines of all processes, each with the name of its process before it. */
final class Output {

  // cyan, yellow, green, magenta, blue, and the same in bright
  private static final List<String> COLOURS =
      List.of("36", "33", "32", "35", "34", "96", "93", "92", "95", "94");

  private final PrintStream out;
  private final int width;
  private final boolean coloured;
  private int names;

  Output(PrintStream out, int width, boolean coloured) {
    this.out = out;
    this.width = width;
    this.coloured = coloured;
  }

  /** Prints the lines of a process until it ends, and then its exit code. */
  Thread follow(String name, Process process) {
    String prefix = prefix(name);
    return Thread.startVirtualThread(
        () -> {
          process.inputReader().lines().forEach(line -> out.println(prefix + line));
          out.printf("%s exited with code %d%n", name, process.onExit().join().exitValue());
        });
  }

  private String prefix(String name) {
    String padded = "%-" + width + "s | ";
    String text = padded.formatted(name);
    return coloured
        ? "\033[%sm%s\033[0m".formatted(COLOURS.get(names++ % COLOURS.size()), text)
        : text;
  }
}
