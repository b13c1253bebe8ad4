package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.testcontainers.containers.ComposeContainer;

/** The shipped docker-compose.yml on the engine, built from the sources. */
final class Stack implements AutoCloseable {

  private static final File FILE = new File("../docker-compose.yml");

  private final ComposeContainer compose =
      new ComposeContainer("labs", FILE)
          .withBuild(true)
          .withPull(false)
          .withRemoveImages(ComposeContainer.RemoveImages.LOCAL);
  private final String project;

  Stack() {
    compose.start();
    project =
        compose
            .getContainerByServiceName("redis")
            .orElseThrow()
            .getContainerInfo()
            .getConfig()
            .getLabels()
            .get("com.docker.compose.project");
  }

  /** Runs {@code docker compose <arguments>} on this stack. */
  String compose(String... arguments) throws IOException, InterruptedException {
    Process process = command(arguments).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor())
        .as("docker compose %s:\n%s", Arrays.toString(arguments), output)
        .isZero();
    return output;
  }

  void scaleWorkers(int workers) throws IOException, InterruptedException {
    compose("up", "-d", "--no-recreate", "--scale", "worker=" + workers);
  }

  RedisCli redis() throws IOException {
    return new RedisCli(command("exec", "-T", "redis", "redis-cli"));
  }

  /** Hashes a second: the slope of the line that fits the changes of the counter best. */
  double speed(Duration window) throws IOException {
    try (RedisCli redis = redis()) {
      List<Long> times = new ArrayList<>();
      List<Long> counts = new ArrayList<>();
      long end = System.nanoTime() + window.toNanos();
      while (System.nanoTime() < end) {
        long before = redis.hashes();
        long after =
            await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(redis::hashes, hashes -> hashes != before);
        times.add(System.nanoTime());
        counts.add(after);
      }
      return 1e9 * slope(times, counts);
    }
  }

  private static double slope(List<Long> x, List<Long> y) {
    double meanX = x.stream().mapToLong(Long::longValue).average().orElseThrow();
    double meanY = y.stream().mapToLong(Long::longValue).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.size(); i++) {
      xy += (x.get(i) - meanX) * (y.get(i) - meanY);
      xx += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    return xy / xx;
  }

  private ProcessBuilder command(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("docker", "compose", "-p", project, "-f", FILE.getPath()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }

  @Override
  public void close() {
    compose.stop();
  }
}
