package dockercoins.bench;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dockercoins.labs.harness.Statistics;
import dockercoins.labs.harness.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** The measured values as a table, as JSON, and as a page with a plot of each figure. */
record Report(Map<String, String> environment, List<Figure> figures, List<Run> runs) {

  /**
   * The runs of one figure.
   *
   * @param ratio of the medians of B and A, or null
   */
  record Row(Figure figure, Map<String, Statistics> sides, Double ratio) {}

  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("bench.json"), json());
    Files.writeString(folder.resolve("bench.html"), html());
  }

  String json() throws IOException {
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this);
  }

  String text() {
    return "%s\n%s\n%s\n".formatted(about(), table().text(), String.join("\n", notes()));
  }

  private String about() {
    return environment.entrySet().stream()
        .map(entry -> "%s: %s\n".formatted(entry.getKey(), entry.getValue()))
        .collect(joining());
  }

  String html() {
    String introduction =
        """
        <p>Each run is a dot, and a hollow dot is a run with a note below the table. All plots begin
        at 0. B/A is the ratio of the medians.
        <pre>%s</pre>
        """
            .formatted(Table.escape(about()));
    return table().page("What it costs and how fast it is", introduction, notes());
  }

  private List<String> sides() {
    return runs.stream().map(Run::side).distinct().toList();
  }

  @JsonProperty
  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Figure figure : figures) {
      Map<String, Statistics> sides = new TreeMap<>();
      for (String side : sides()) {
        List<Double> values =
            runs.stream()
                .filter(run -> run.side().equals(side))
                .map(run -> run.values().get(figure.name()))
                .filter(Objects::nonNull)
                .toList();
        if (!values.isEmpty()) {
          sides.put(side, Statistics.of(values));
        }
      }
      if (!sides.isEmpty()) {
        Statistics a = sides.get("A");
        Statistics b = sides.get("B");
        boolean compares = a != null && b != null && a.median() > 0;
        rows.add(new Row(figure, sides, compares ? b.median() / a.median() : null));
      }
    }
    return rows;
  }

  private Table table() {
    List<String> headings = new ArrayList<>(List.of("figure", "unit", "good", "ideal"));
    for (String side : sides()) {
      headings.addAll(List.of(side + ": runs", "min", "median", "max"));
    }
    headings.add("B/A");
    var table = new Table(headings);
    for (Row row : rows()) {
      Figure figure = row.figure;
      List<String> cells =
          new ArrayList<>(
              List.of(figure.name(), figure.unit(), figure.better(), format(figure.ideal())));
      for (String side : sides()) {
        Statistics of = row.sides.get(side);
        cells.addAll(
            of == null
                ? List.of("0", "", "", "")
                : List.of(
                    "" + of.count(), format(of.min()), format(of.median()), format(of.max())));
      }
      cells.add(format(row.ratio));
      table.add(cells, "<td>%s<td>%s".formatted(plot(row), figure.meaning()));
    }
    return table;
  }

  private String plot(Row row) {
    double max = row.sides.values().stream().mapToDouble(Statistics::max).max().orElseThrow();
    var dots = new StringBuilder();
    for (Run run : runs) {
      Double value = run.values().get(row.figure.name());
      if (value != null) {
        dots.append(
            "<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"4\" fill-opacity=\"%s\"><title>%s: %s</title></circle>"
                .formatted(
                    run.side(),
                    8 + 304 * (max > 0 ? value / max : 0),
                    run.side().equals("A") ? 12 : 28,
                    run.doubts().isEmpty() ? "0.5" : "0",
                    run.name(),
                    format(value)));
      }
    }
    return "<svg width=\"320\" height=\"40\"><path d=\"M8 4V36\" stroke=\"gray\"/>%s</svg>"
        .formatted(dots);
  }

  /** Reasons to doubt the values. */
  @JsonProperty
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (runs.stream().noneMatch(run -> run.number() == 5)) {
      notes.add("There are too few runs to trust the values. Use --runs 5 or more.");
    }
    for (Run run : runs) {
      if (!run.doubts().isEmpty()) {
        notes.add(run.name() + ": " + String.join(", ", run.doubts()));
      }
    }
    return notes;
  }

  /** One run, as it ends. */
  static String line(Run run) {
    List<String> results = new ArrayList<>();
    run.values().forEach((name, value) -> results.add(name + " " + format(value)));
    results.addAll(run.doubts());
    return run.name() + ": " + String.join(", ", results);
  }

  /** Three or four digits, and all of those before the point. */
  static String format(Double value) {
    if (value == null) {
      return "";
    }
    String digits = value >= 1000 ? "%.0f" : value >= 100 ? "%.1f" : value >= 10 ? "%.2f" : "%.3f";
    return digits.formatted(value);
  }
}
