package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Engine.Usage;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Stack;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How much memory the application takes with ten workers, and what its images share. */
@ExtendWith(OncePerRun.class)
class LeanTest {

  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.start("docker-compose.yml", "labs/src/test/resources/aot.yml");
    // Recreates the containers, because the first ones are charged for the files that they read.
    stack.compose("up", "-d", "--force-recreate", "--scale", "worker=10");
    stack.awaitMining(300); // takes half a minute, in which the JVM compiles most hot methods
  }

  @AfterAll
  static void stop() throws Exception {
    stack.close();
  }

  @Test
  void memoryWithTenWorkersStaysBelowTheLimits(Report report) throws InterruptedException {
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
   * @param most MiB that each container of the service may take
   * @return the MiB that all of them take together
   */
  private static double memory(Report report, String service, int most)
      throws InterruptedException {
    DoubleSummaryStatistics each =
        Engine.usage(stack.containers(service)).values().stream()
            .mapToDouble(Usage::memory)
            .summaryStatistics();
    report.add(
        "memory, " + service,
        "at most %d MiB".formatted(most),
        "%.1f MiB".formatted(each.getMax()));
    assertThat(each.getMax()).as(service).isLessThan(most);
    return each.getSum();
  }

  @Test
  void allImagesShareTheRuntime() {
    List<String> runtime = layers("rng").subList(0, 2);
    for (String service : List.of("hasher", "worker", "webui")) {
      assertThat(layers(service)).as(service).startsWith(runtime.toArray(String[]::new));
    }
  }

  /** The first layer is the operating system. */
  private static List<String> layers(String service) {
    String container = stack.containers(service).getFirst();
    String image = Engine.API.inspectContainerCmd(container).exec().getImageId();
    return Engine.API.inspectImageCmd(image).exec().getRootFS().getLayers();
  }
}
