package dockercoins.labs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * What all labs measured, beside what is expected: one table, printed at the end, and the same with
 * the curves of the workshop in {@code target/report.html}.
 */
final class Report implements AutoCloseable {

  private record Row(String exercise, String expected, String measured, String ratio) {}

  private record Point(double expected, double measured) {}

  private final List<Row> rows = new ArrayList<>();
  private final Map<Integer, Point> speeds = new TreeMap<>();
  private final Map<Integer, Point> latencies = new TreeMap<>();

  void add(String exercise, double expected, double measured, String unit) {
    add(
        new Row(
            exercise,
            "%.4g %s".formatted(expected, unit),
            "%.4g %s".formatted(measured, unit),
            "%.3f".formatted(measured / expected)));
  }

  void add(String exercise, String expected, String measured) {
    add(new Row(exercise, expected, measured, ""));
  }

  private void add(Row row) {
    System.out.printf("%s: expected %s, measured %s%n", row.exercise, row.expected, row.measured);
    rows.add(row);
  }

  void addSpeed(int workers, double expected, double measured) {
    add("speed, " + workers + " workers", expected, measured, "hashes/s");
    speeds.put(workers, new Point(expected, measured));
  }

  void addLatency(int workers, double expected, double measured) {
    add("mean ping of rng, " + workers + " workers", expected, measured, "ms");
    latencies.put(workers, new Point(expected, measured));
  }

  @Override
  public void close() throws IOException {
    System.out.println();
    for (Row row : rows) {
      System.out.printf(
          "%-55s %20s %20s %6s%n", row.exercise, row.expected, row.measured, row.ratio);
    }
    Files.writeString(Path.of("target/report.html"), html());
  }

  private String html() {
    var html = new StringBuilder();
    html.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <title>DockerCoins: what the labs measured</title>
        <style>
          body { font: 16px sans-serif; margin: 2em; max-width: 60em }
          td, th { padding: 0.2em 1em; text-align: right }
          td:first-child, th:first-child { text-align: left }
          svg { width: 45%; background: #f6f8fa }
        </style>
        <h1>What the labs measured</h1>
        <p>Lines: expected. Dots: measured.</p>
        """);
    html.append(svg("hashes a second against workers", speeds));
    html.append(svg("mean ping of rng in ms against workers", latencies));
    html.append("<table>\n<tr><th>exercise<th>expected<th>measured<th>ratio\n");
    for (Row row : rows) {
      html.append(
          "<tr><td>%s<td>%s<td>%s<td>%s\n"
              .formatted(row.exercise, row.expected, row.measured, row.ratio));
    }
    return html.append("</table>\n").toString();
  }

  private static String svg(String title, Map<Integer, Point> points) {
    double mostX = points.keySet().stream().mapToInt(x -> x).max().orElse(1);
    double mostY =
        points.values().stream()
            .mapToDouble(point -> Math.max(point.expected, point.measured))
            .max()
            .orElse(1);
    var line = new StringBuilder();
    var dots = new StringBuilder();
    points.forEach(
        (workers, point) -> {
          double x = 40 + 340 * workers / mostX;
          double expected = 260 - 210 * point.expected / mostY;
          double measured = 260 - 210 * point.measured / mostY;
          line.append("%.1f,%.1f ".formatted(x, expected));
          dots.append(
              "<circle cx='%.1f' cy='%.1f' r='4'/><text x='%.1f' y='285'>%d</text>"
                  .formatted(x, measured, x, workers));
          dots.append(
              "<text x='%.1f' y='%.1f'>%.3g</text>\n".formatted(x, measured - 10, point.measured));
        });
    return """
        <svg viewBox="0 0 420 300" font-size="12" text-anchor="middle" role="img" aria-label="%s">
        <text x="210" y="20" font-size="14">%s</text>
        <path d="M40 50V260H400" fill="none" stroke="gray"/>
        <polyline points="%s" fill="none" stroke="steelblue" stroke-width="2"/>
        %s</svg>
        """
        .formatted(title, title, line, dots);
  }

  /** Gives all labs of a run the same report. */
  static final class Extension implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Report.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.GLOBAL)
          .computeIfAbsent(Report.class);
    }
  }
}
