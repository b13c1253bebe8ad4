package dockercoins.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What was measured: a table, the same as JSON, and as a page with a plot of each figure. */
record Report(
    Options options, Map<String, String> environment, List<Figure> figures, List<Run> runs) {

  static final String FAILED = "failed";
  private static final int ENOUGH = 5;
  private static final Map<String, String> COLORS = Map.of("A", "steelblue", "B", "darkorange");

  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("bench.json"), json() + "\n");
    Files.writeString(folder.resolve("bench.html"), html());
  }

  /** Of the figures that were measured. */
  String table() {
    var table = new StringBuilder();
    options.files().forEach((side, file) -> table.append("%s: %s%n".formatted(side, file)));
    table.append("%n%-24s %-11s %-4s %7s".formatted("figure (runs)", "unit", "good", "ideal"));
    for (String side : sides()) {
      table.append("  %-26s".formatted(side + ": min, median, max"));
    }
    table.append(compares() ? "  %6s%n".formatted("B/A") : "%n".formatted());
    for (Figure figure : measured()) {
      table.append(
          "%-24s %-11s %-4s %7s"
              .formatted(
                  "%s (%s)".formatted(figure.name(), count(figure)),
                  figure.unit(),
                  word(figure.better()),
                  ideal(figure)));
      for (String side : sides()) {
        table.append("  %-26s".formatted(summary(figure, side)));
      }
      table.append(compares() ? "  %6s%n".formatted(ratio(figure)) : "%n".formatted());
    }
    notes().forEach(note -> table.append("%n%s".formatted(note)));
    return table.append(System.lineSeparator()).toString();
  }

  String json() throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("environment", environment);
    json.put("files", mapped(options.files()));
    json.put("runs", options.runs());
    json.put("mineSeconds", options.mine().toSeconds());
    json.put("loadSeconds", options.load().toSeconds());
    List<Object> rows = new ArrayList<>();
    for (Figure figure : measured()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("figure", figure);
      for (String side : sides()) {
        List<Double> values = values(figure, side);
        if (!values.isEmpty()) {
          row.put(side, Map.of("statistics", Statistics.of(values), "values", values));
        }
      }
      Double ratio = medianRatio(figure);
      if (ratio != null) {
        row.put("B/A", ratio);
      }
      rows.add(row);
    }
    json.put("figures", rows);
    json.put("notes", notes());
    json.put("doubted", runs.stream().filter(run -> !run.doubts().isEmpty()).toList());
    return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(json);
  }

  String html() {
    var html = new StringBuilder();
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <title>DockerCoins: what it costs and how fast it is</title>
        <style>
          body { font: 16px sans-serif; margin: 2em; color: #222; background: white }
          table { border-collapse: collapse }
          td, th { padding: 0.3em 0.8em; text-align: right; white-space: nowrap }
          td:first-child, th:first-child { text-align: left }
          tr { border-bottom: 1px solid #ddd }
          small { color: #666 }
          svg { width: 320px; height: 40px; background: #f6f8fa }
        </style>
        <h1>What it costs and how fast it is</h1>
        <p>Every run is a dot; a hollow one is doubted, and why is said below. A plot begins at 0.
        Min, <b>median</b>, max; B/A is the ratio of the medians.</p>
        """);
    options
        .files()
        .forEach(
            (side, file) ->
                html.append(
                    "<p><b style=\"color: %s\">%s</b> %s\n"
                        .formatted(COLORS.get(side), side, escape(file.toString()))));
    html.append("<p><small>");
    environment.forEach((name, value) -> html.append(escape("%s %s; ".formatted(name, value))));
    html.append("</small>\n<table>\n<tr><th>figure<th>unit<th>good<th>ideal");
    sides().forEach(side -> html.append("<th>").append(side));
    html.append(compares() ? "<th>B/A" : "").append("<th>from 0\n");
    for (Figure figure : measured()) {
      html.append(
          "<tr><td>%s (%s)<br><small>%s</small><td>%s<td>%s<td>%s"
              .formatted(
                  figure.name(),
                  count(figure),
                  escape(figure.meaning()),
                  figure.unit(),
                  word(figure.better()),
                  ideal(figure)));
      for (String side : sides()) {
        html.append("<td>").append(summary(figure, side).replaceAll(" +(\\S+) +", " <b>$1</b> "));
      }
      html.append(compares() ? "<td>" + ratio(figure) : "");
      html.append("<td>").append(plot(figure)).append("\n");
    }
    html.append("</table>\n");
    notes().forEach(note -> html.append("<p>%s\n".formatted(escape(note))));
    return html.toString();
  }

  private String plot(Figure figure) {
    double most =
        runs.stream()
            .filter(run -> run.values().containsKey(figure.name()))
            .mapToDouble(run -> run.values().get(figure.name()))
            .max()
            .orElse(0);
    var dots = new StringBuilder();
    for (Run run : runs) {
      Double value = run.values().get(figure.name());
      if (value != null) {
        String color = COLORS.get(run.side());
        dots.append(
            "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" stroke=\"%s\" fill=\"%s\" fill-opacity=\"0.5\"><title>%s, run %d: %s</title></circle>"
                .formatted(
                    8 + 304 * (most > 0 ? value / most : 0),
                    !compares() ? 20 : run.side().equals("A") ? 12 : 28,
                    color,
                    run.doubts().isEmpty() ? color : "none",
                    run.side(),
                    run.number(),
                    format(value)));
      }
    }
    return "<svg viewBox=\"0 0 320 40\" role=\"img\" aria-label=\"%s\"><path d=\"M8 4V36\" stroke=\"gray\"/>%s</svg>"
        .formatted(figure.name(), dots);
  }

  /** What to know before believing it. */
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (options.runs() < ENOUGH) {
      notes.add(
          "%d of each: too few to believe; take --runs %d or more."
              .formatted(options.runs(), ENOUGH));
    }
    record Kind(String measurement, String what) {}
    Map<Kind, List<String>> doubted = new LinkedHashMap<>();
    for (Run run : runs) {
      run.doubts()
          .forEach(
              (what, howMuch) ->
                  doubted
                      .computeIfAbsent(new Kind(run.measurement(), what), kind -> new ArrayList<>())
                      .add("%s %d: %s".formatted(run.side(), run.number(), howMuch)));
    }
    doubted.forEach(
        (kind, cases) ->
            notes.add(
                "%d of %d runs of %s %s (%s)"
                    .formatted(
                        cases.size(),
                        runs.stream()
                            .filter(run -> run.measurement().equals(kind.measurement))
                            .count(),
                        kind.measurement,
                        kind.what,
                        String.join("; ", cases))));
    return notes;
  }

  /** One run, as it ends. */
  static String line(Run run) {
    List<String> values = new ArrayList<>();
    run.values().forEach((name, value) -> values.add("%s %s".formatted(name, format(value))));
    run.doubts().forEach((what, howMuch) -> values.add("%s (%s)".formatted(what, howMuch)));
    return "%s %d: %s".formatted(run.side(), run.number(), String.join(", ", values));
  }

  private Set<String> sides() {
    return options.files().keySet();
  }

  private boolean compares() {
    return sides().size() > 1;
  }

  private List<Figure> measured() {
    return figures.stream()
        .filter(figure -> runs.stream().anyMatch(run -> run.values().containsKey(figure.name())))
        .toList();
  }

  private List<Double> values(Figure figure, String side) {
    return runs.stream()
        .filter(run -> run.side().equals(side) && run.values().containsKey(figure.name()))
        .map(run -> run.values().get(figure.name()))
        .toList();
  }

  private String count(Figure figure) {
    return String.join(
        ", ", sides().stream().map(side -> "" + values(figure, side).size()).distinct().toList());
  }

  private String summary(Figure figure, String side) {
    List<Double> values = values(figure, side);
    if (values.isEmpty()) {
      return "none";
    }
    Statistics of = Statistics.of(values);
    return values.size() == 1
        ? format(of.median())
        : "%s  %s  %s".formatted(format(of.min()), format(of.median()), format(of.max()));
  }

  private Double medianRatio(Figure figure) {
    if (!compares() || values(figure, "A").isEmpty() || values(figure, "B").isEmpty()) {
      return null;
    }
    double a = Statistics.of(values(figure, "A")).median();
    return a == 0 ? null : Statistics.of(values(figure, "B")).median() / a;
  }

  private String ratio(Figure figure) {
    Double ratio = medianRatio(figure);
    return ratio == null ? "" : format(ratio);
  }

  private static String ideal(Figure figure) {
    return figure.ideal() == null ? "" : format(figure.ideal());
  }

  private static String word(Figure.Better better) {
    return better.name().toLowerCase();
  }

  /** Three or four digits, and all those before the point. */
  static String format(double value) {
    double size = Math.abs(value);
    String digits = size >= 1000 ? "%.0f" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f";
    return digits.formatted(value);
  }

  private static Map<String, String> mapped(Map<String, Path> files) {
    Map<String, String> names = new TreeMap<>();
    files.forEach((side, file) -> names.put(side, file.toString()));
    return names;
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
