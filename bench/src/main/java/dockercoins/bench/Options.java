package dockercoins.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line. */
final class Options {

  @Parameters(arity = "0..1", description = "The Compose file, if not that of this repository.")
  Path file;

  @Option(names = "--against", description = "Another Compose file, to measure in turn with it.")
  Path other;

  @Option(names = "--runs", description = "Runs of each figure on each file, 5 if not given.")
  int runs = 5;

  @Option(names = "--only", split = ",", description = "Figures or groups: start,load.rng")
  List<String> only = List.of();

  @Option(names = "--mine", description = "Seconds that ten workers mine, 300 if not given.")
  int mine = 300;

  @Option(names = "--load", description = "Seconds that each load lasts, 10 if not given.")
  int load = 10;

  @Option(names = "--help", usageHelp = true, description = "Prints this.")
  boolean help;

  /** Throws if a number, a file or the name of a figure makes no sense. */
  void check(List<Figure> figures) {
    require(runs > 0 && mine > 0 && load > 0, "--runs, --mine and --load take numbers above 0.");
    for (Path path : files().values()) {
      require(Files.isRegularFile(path), path + ": no such file. Give a Compose file.");
    }
    for (String name : only) {
      require(
          figures.stream().anyMatch(figure -> figure.isIn(name)),
          "--only %s: no such figure. They are %s."
              .formatted(name, figures.stream().map(Figure::name).toList()));
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** The Compose files by their letters in the report: A, and B if there is another one. */
  Map<String, Path> files() {
    Map<String, Path> files = new TreeMap<>(Map.of("A", file.toAbsolutePath().normalize()));
    if (other != null) {
      files.put("B", other.toAbsolutePath().normalize());
    }
    return files;
  }

  boolean wants(Figure figure) {
    return only.isEmpty() || only.stream().anyMatch(figure::isIn);
  }
}
