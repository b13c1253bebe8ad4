package dockercoins.labs.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The table of a report, as text and as an HTML page. */
public final class Table {

  private final List<List<String>> rows = new ArrayList<>();
  private final List<String> html = new ArrayList<>(); // the last cell of each row of the page

  public Table(List<String> headings) {
    add(headings, "");
  }

  public void add(List<String> cells, String htmlCell) {
    rows.add(cells);
    html.add(htmlCell);
  }

  /** Aligns the first column left and the others right. */
  public String text() {
    int[] widths =
        IntStream.range(0, rows.getFirst().size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    var text = new StringBuilder();
    for (List<String> row : rows) {
      text.append(("%-" + widths[0] + "s").formatted(row.getFirst()));
      for (int i = 1; i < row.size(); i++) {
        text.append(("  %" + widths[i] + "s").formatted(row.get(i)));
      }
      text.append('\n');
    }
    return text.toString();
  }

  /**
   * A page that loads nothing else.
   *
   * @param introduction HTML above the table
   */
  public String page(String title, String introduction, List<String> notes) {
    var page =
        new StringBuilder(
            """
            <!DOCTYPE html>
            <html lang="en">
            <meta charset="utf-8">
            <title>DockerCoins: %1$s</title>
            <style>
              body { font: 16px sans-serif; margin: 2em; color: #222; background: white }
              table { border-collapse: collapse }
              td, th { padding: 0.2em 0.8em; text-align: right; border-bottom: 1px solid #ddd }
              td:first-child, th:first-child, td:last-child { text-align: left }
              svg { background: #f6f8fa }
              .A { fill: steelblue; stroke: steelblue }
              .B { fill: darkorange; stroke: darkorange }
            </style>
            <h1>%1$s</h1>
            %2$s
            <table>
            """
                .formatted(title, introduction));
    for (int i = 0; i < rows.size(); i++) {
      String cell = i == 0 ? "<th>" : "<td>";
      page.append(
          rows.get(i).stream()
              .map(Table::escape)
              .collect(Collectors.joining(cell, "<tr>" + cell, cell)));
      page.append(html.get(i)).append('\n');
    }
    page.append("</table>\n");
    notes.forEach(note -> page.append("<p>").append(escape(note)).append('\n'));
    return page.toString();
  }

  public static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
