package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How much room ten workers and what they need take, in memory and on disk. */
@ExtendWith(Report.Extension.class)
class LeanTest {

  private static final List<String> SERVICES = List.of("rng", "hasher", "worker", "webui");

  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = new Stack("docker-compose.yml", "labs/src/test/resources/aot.yml");
    // Whoever reads a file first is charged for the page cache: another time, nobody is.
    stack.compose("up", "-d", "--force-recreate", "--scale", "worker=10");
    stack.awaitMining(300); // half a minute, in which most of what is hot gets compiled
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void fifteenContainersFitIntoAGigabyte(Report report) throws Exception {
    double all =
        memory(report, "worker", 25)
            + memory(report, "rng", 40)
            + memory(report, "hasher", 40)
            + memory(report, "webui", 40)
            + memory(report, "redis", 20);
    report.add("memory, ten workers and the rest", "at most 312 MiB", "%.0f MiB".formatted(all));
    assertThat(all).isLessThan(312);
  }

  /**
   * @param most each container of the service may take
   * @return what all of them take, in MiB
   */
  private static double memory(Report report, String service, int most) throws Exception {
    var each = new DoubleSummaryStatistics();
    for (String id : stack.containers(service)) {
      each.accept(memory(id));
    }
    report.add(
        "memory, " + service,
        "at most %d MiB".formatted(most),
        "%.1f MiB".formatted(each.getMax()));
    assertThat(each.getMax()).as(service).isLessThan(most);
    return each.getSum();
  }

  /** As {@code docker stats} counts it. */
  private static double memory(String id) throws Exception {
    String used = Command.run("docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", id);
    return Double.parseDouble(used.substring(0, used.indexOf("MiB")));
  }

  @Test
  void allImagesShareTheRuntime() throws Exception {
    List<String> runtime = layers("rng").subList(0, 2);
    for (String service : SERVICES) {
      assertThat(layers(service)).as(service).startsWith(runtime.toArray(String[]::new));
    }
  }

  /** From the operating system up. */
  private static List<String> layers(String service) throws Exception {
    String layers =
        Command.run("docker", "inspect", "-f", "{{join .RootFS.Layers \" \"}}", image(service));
    return Arrays.asList(layers.split(" "));
  }

  private static String image(String service) throws Exception {
    return Command.run(
        "docker", "inspect", "-f", "{{.Image}}", stack.containers(service).getFirst());
  }
}
