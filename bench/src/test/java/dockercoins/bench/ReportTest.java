package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReportTest {

  private final List<Run> runs = new ArrayList<>();
  private final Map<String, Path> files = new LinkedHashMap<>();

  @BeforeEach
  void measure() {
    files.put("A", Path.of("/a/docker-compose.yml"));
    files.put("B", Path.of("/<b> & \"c\"/docker-compose.yml"));
    run("start.rng", "A", 1, 0.5);
    run("start.rng", "B", 1, 1.25).doubt("began while others kept the machine busy", "34 %");
    run("start.rng", "A", 2, 0.7);
    run("start.rng", "B", 2, 1.75);
    run("speed.10", "A", 1, 9.98);
    Run failed = new Run("speed.10", "B", 1);
    failed.doubt(Report.FAILED, "no <container>");
    runs.add(failed);
  }

  private Run run(String figure, String side, int number, double value) {
    var run = new Run(figure, side, number);
    run.add(figure, value);
    runs.add(run);
    return run;
  }

  private Report report() {
    return new Report(
        new Options(files, 2, List.of(), Duration.ofSeconds(10), Duration.ofSeconds(3)),
        Map.of("cores", "2"),
        List.of(
            Figure.less("start.rng", "s", "from <start> to 200"),
            new Figure("speed.10", "hashes/s", Figure.Better.MORE, 10.0, "with ten workers"),
            Figure.less("up.1", "s", "not measured")),
        runs);
  }

  @Test
  void theTableHasALineForEachFigureThatWasMeasured() {
    assertThat(report().table().lines().map(line -> line.replaceAll(" +", " ").strip()))
        .containsExactly(
            "A: /a/docker-compose.yml",
            "B: /<b> & \"c\"/docker-compose.yml",
            "",
            "figure (runs) unit good ideal A: min, median, max B: min, median, max B/A",
            "start.rng (2) s less 0.500 0.600 0.700 1.250 1.500 1.750 2.500",
            "speed.10 (1, 0) hashes/s more 10.00 9.980 none",
            "",
            "2 of each: too few to believe; take --runs 5 or more.",
            "1 of 4 runs of start.rng began while others kept the machine busy (B 1: 34 %)",
            "1 of 2 runs of speed.10 failed (B 1: no <container>)");
  }

  @Test
  void oneFileHasNoRatio() {
    files.remove("B");
    runs.removeIf(run -> run.side().equals("B"));

    assertThat(report().table()).doesNotContain("B");
    assertThat(report().html()).doesNotContain("<th>B");
  }

  @Test
  void jsonHasEveryValue() throws IOException {
    JsonNode json = new ObjectMapper().readTree(report().json());

    assertThat(json.at("/environment/cores").asText()).isEqualTo("2");
    assertThat(json.at("/files/B").asText()).isEqualTo("/<b> & \"c\"/docker-compose.yml");
    assertThat(json.at("/figures")).hasSize(2);
    assertThat(json.at("/figures/0/figure/name").asText()).isEqualTo("start.rng");
    assertThat(json.at("/figures/0/A/values").toString()).isEqualTo("[0.5,0.7]");
    assertThat(json.at("/figures/0/B/statistics/median").asDouble()).isEqualTo(1.5);
    assertThat(json.at("/figures/0/B~1A").asDouble()).isCloseTo(2.5, within(1e-9));
    assertThat(json.at("/figures/1/figure/ideal").asDouble()).isEqualTo(10);
    assertThat(json.at("/notes")).hasSize(3);
    assertThat(json.at("/doubted/0/side").asText()).isEqualTo("B");
  }

  @Test
  void thePageShowsEveryRunAndEscapesWhatItDoesNotKnow() {
    String html = report().html();

    assertThat(html.split("<circle")).hasSize(1 + 5);
    assertThat(html.split("fill=\"none\"")).hasSize(1 + 1); // the doubted one
    assertThat(html)
        .contains("/&lt;b&gt; &amp; &quot;c&quot;/docker-compose.yml")
        .contains("from &lt;start&gt; to 200")
        .contains("no &lt;container&gt;")
        .contains("0.500 <b>0.600</b> 0.700")
        .doesNotContain("<b> &", "<container>", "http://", "https://");
  }

  @Test
  void numbersHaveThreeOrFourDigits() {
    assertThat(List.of(0.0, 0.1234, 1.234, 12.34, 123.4, 12345.6).stream().map(Report::format))
        .containsExactly("0.000", "0.123", "1.234", "12.34", "123.4", "12346");
  }
}
