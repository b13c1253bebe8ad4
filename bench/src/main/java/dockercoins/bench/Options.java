package dockercoins.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line.
 *
 * @param files the Compose files, by the letters they have in the report: A, and B if there is one
 * @param runs how often each figure is measured on each file
 * @param only the figures, or beginnings of their names up to a dot; empty for all
 * @param mine how long the workers mine before their memory is read; their speed is taken over a
 *     fifth of it
 * @param load how long each load lasts
 */
record Options(Map<String, Path> files, int runs, List<String> only, Duration mine, Duration load) {

  static final String USAGE =
      """
      bench/run [--against OTHER] [--runs N] [--only FIGURE,...] [--mine SECONDS] [--load SECONDS] [COMPOSE-FILE]

      Measures the application of COMPOSE-FILE (docker-compose.yml of this repository), and
      that of OTHER, a Compose file with the same services, in turn with it.

      --runs  how often each figure is measured on each file; 5
      --only  the figures, or groups of them, as in start,load.rng
      --mine  seconds that ten workers mine before their memory is read; 300.
              The speed is taken over a fifth of it.
      --load  seconds that each load lasts; 10
      """;

  static Options parse(Path defaultFile, String... arguments) {
    Path file = defaultFile;
    Path other = null;
    int runs = 5;
    List<String> only = List.of();
    int mine = 300;
    int load = 10;
    boolean fileGiven = false;
    Deque<String> rest = new ArrayDeque<>(List.of(arguments));
    while (!rest.isEmpty()) {
      String argument = rest.pop();
      switch (argument) {
        case "--against" -> other = Path.of(value(argument, rest));
        case "--runs" -> runs = number(argument, rest);
        case "--only" -> only = List.of(value(argument, rest).split(","));
        case "--mine" -> mine = number(argument, rest);
        case "--load" -> load = number(argument, rest);
        default -> {
          if (argument.startsWith("-")) {
            throw new IllegalArgumentException(
                "%s: no such option. The options are:\n\n%s".formatted(argument, USAGE));
          }
          if (fileGiven) {
            throw new IllegalArgumentException(
                "%s and %s: two files. The second goes behind --against."
                    .formatted(file, argument));
          }
          file = Path.of(argument);
          fileGiven = true;
        }
      }
    }
    Map<String, Path> files = new LinkedHashMap<>();
    files.put("A", existing("COMPOSE-FILE", file));
    if (other != null) {
      files.put("B", existing("--against", other));
    }
    return new Options(files, runs, only, Duration.ofSeconds(mine), Duration.ofSeconds(load));
  }

  /** Checks that each of {@code only} names one of these, or a group of them. */
  void check(List<Figure> figures) {
    for (String name : only) {
      if (figures.stream().noneMatch(figure -> figure.isIn(name))) {
        throw new IllegalArgumentException(
            "--only %s: no such figure. They are %s."
                .formatted(name, String.join(", ", figures.stream().map(Figure::name).toList())));
      }
    }
  }

  boolean wants(Figure figure) {
    return only.isEmpty() || only.stream().anyMatch(figure::isIn);
  }

  private static String value(String option, Deque<String> rest) {
    if (rest.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: its value is missing. The options are:\n\n%s".formatted(option, USAGE));
    }
    return rest.pop();
  }

  private static int number(String option, Deque<String> rest) {
    String value = value(option, rest);
    if (!value.matches("[1-9]\\d{0,4}")) {
      throw new IllegalArgumentException(
          "%s %s: give a whole number from 1 to 99999.".formatted(option, value));
    }
    return Integer.parseInt(value);
  }

  private static Path existing(String name, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "%s %s: no such file. Give the path of a Compose file.".formatted(name, file));
    }
    return file.toAbsolutePath().normalize();
  }
}
