package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

  private final Report report =
      new Report(
          Map.of("B", "/<b>/docker-compose.yml"),
          List.of(
              Figure.less("start.rng", "s", "to the first 200"),
              new Figure("speed.10", "hashes/s", "more", 10.0, "all workers"),
              Figure.less("up.1", "s", "not measured")),
          List.of(
              new Run("start.rng", "A", 1, Map.of("start.rng", 0.5), List.of()),
              new Run("start.rng", "B", 1, Map.of("start.rng", 1.25), List.of()),
              new Run("start.rng", "A", 2, Map.of("start.rng", 0.7), List.of()),
              new Run("start.rng", "B", 2, Map.of("start.rng", 1.75), List.of()),
              new Run("speed.10", "A", 1, Map.of("speed.10", 9.98), List.of()),
              new Run("speed.10", "B", 1, Map.of(), List.of("failed (no <container>)"))));

  @Test
  void theTableComparesBothSides() {
    assertThat(report.text().lines().map(line -> line.replaceAll(" +", " ").strip()))
        .contains(
            "figure unit good ideal A: runs min median max B: runs min median max B/A",
            "start.rng s less 2 0.500 0.600 0.700 2 1.250 1.500 1.750 2.500",
            "speed.10 hashes/s more 10.00 1 9.980 9.980 9.980 0",
            "speed.10 B 1: failed (no <container>)");
  }

  @Test
  void jsonHasStatisticsAndEveryRun() throws IOException {
    JsonNode json = new ObjectMapper().readTree(report.json());

    assertThat(json.at("/rows/0/sides/B/median").asDouble()).isEqualTo(1.5);
    assertThat(json.at("/rows/0/ratio").asDouble()).isEqualTo(2.5);
    assertThat(json.at("/runs/3/values/start.rng").asDouble()).isEqualTo(1.75);
  }

  @Test
  void thePageShowsEveryValueAndEscapesText() {
    assertThat(report.html().split("<circle")).hasSize(1 + 5);
    assertThat(report.html())
        .contains("/&lt;b&gt;/docker-compose.yml", "no &lt;container&gt;")
        .doesNotContain("<b>", "<container>", "http");
  }
}
