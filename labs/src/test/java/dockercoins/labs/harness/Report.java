package dockercoins.labs.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Compares what the labs measured with what is expected. Prints a table at the end, and writes it
 * to {@code target/report.html} with the curves of the workshop.
 */
public final class Report implements OncePerRun.Shared {

  private record Point(double expected, double measured) {}

  private final Table table = new Table(List.of("exercise", "expected", "measured", "ratio"));
  private final Map<Integer, Point> speeds = new TreeMap<>();
  private final Map<Integer, Point> latencies = new TreeMap<>();
  private final StringBuilder courses = new StringBuilder();

  public void add(String exercise, double expected, double measured, String unit) {
    add(
        exercise,
        "%.4g %s".formatted(expected, unit),
        "%.4g %s".formatted(measured, unit),
        "%.3f".formatted(measured / expected));
  }

  public void add(String exercise, String expected, String measured) {
    add(exercise, expected, measured, "");
  }

  private void add(String exercise, String expected, String measured, String ratio) {
    System.out.printf("%s: expected %s, measured %s%n", exercise, expected, measured);
    table.add(List.of(exercise, expected, measured, ratio), "");
  }

  public void addSpeed(int workers, double expected, double measured) {
    add("speed, " + workers + " workers", expected, measured, "hashes/s");
    speeds.put(workers, new Point(expected, measured));
  }

  public void addLatency(int workers, double expected, double measured) {
    add("mean ping of rng, " + workers + " workers", expected, measured, "ms");
    latencies.put(workers, new Point(expected, measured));
  }

  /**
   * Draws how a value changes over time.
   *
   * @param values by seconds since the start; each lasts until the next one
   */
  public void addCourse(String title, SortedMap<Double, Double> values) {
    double seconds = values.lastKey();
    double most = Collections.max(values.values());
    double y = 260;
    var line = new StringBuilder();
    for (Map.Entry<Double, Double> value : values.entrySet()) {
      double x = 40 + 640 * value.getKey() / seconds;
      line.append("%.1f,%.1f ".formatted(x, y));
      y = 260 - 210 * value.getValue() / most;
      line.append("%.1f,%.1f ".formatted(x, y));
    }
    courses.append(
        """
        <svg viewBox="0 0 720 300" width="720" font-size="12" text-anchor="middle" role="img" aria-label="%1$s">
        <text x="360" y="20" font-size="14">%1$s</text>
        <path d="M40 50V260H680" fill="none" stroke="gray"/>
        <text x="20" y="55">%2$.3g</text><text x="20" y="265">0</text><text x="650" y="285">%3$.1f minutes</text>
        <polyline points="%4$s" fill="none" stroke="steelblue" stroke-width="2"/>
        </svg>
        """
            .formatted(title, most, seconds / 60, line));
  }

  @Override
  public void close() throws IOException {
    System.out.println();
    System.out.print(table.text());
    String curves =
        "<p>Lines: expected. Dots: measured.</p>"
            + svg("speed in hashes/s, by number of workers", speeds)
            + svg("mean ping of rng in ms, by number of workers", latencies)
            + courses;
    Files.writeString(
        Path.of("target/report.html"), table.page("What the labs measured", curves, List.of()));
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
        <svg viewBox="0 0 420 300" width="420" font-size="12" text-anchor="middle" role="img" aria-label="%s">
        <text x="210" y="20" font-size="14">%s</text>
        <path d="M40 50V260H400" fill="none" stroke="gray"/>
        <polyline points="%s" fill="none" stroke="steelblue" stroke-width="2"/>
        %s</svg>
        """
        .formatted(title, title, line, dots);
  }
}
