package dockercoins.labs.compose;

import static dockercoins.labs.compose.FaultLab.WORKERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends SIGKILL to process 1 of each container, while five workers mine. The engine restarts such a
 * container. It would not restart one that {@code docker kill} has stopped.
 */
@ExtendWith(OncePerRun.class)
class KillsTest {

  @ParameterizedTest
  @ValueSource(strings = {"docker-compose.yml", "docker-compose.yml-scaled-rng"})
  void everyKilledProcessComesBack(String file, Report report) throws Exception {
    try (var stack = Stack.start(file, "labs/src/test/resources/faults.yml")) {
      var lab = new FaultLab(stack);
      Map<String, List<String>> containers = new TreeMap<>(stack.containers());
      containers.remove("disk"); // belongs to the lab
      for (String service : containers.keySet()) {
        if (!service.equals("worker") && !service.equals("webui")) {
          lab.breakWhile(
              "%s: process killed, %s".formatted(service, file),
              () -> {
                kill(containers.get(service));
                awaitServices(stack);
              },
              report);
        }
      }

      kill(containers.get("webui"));
      awaitWebui();
      lab.awaitNothingIsLost();

      kill(containers.get("worker"));
      lab.awaitAllWorkers(Instant.now());

      kill(containers.values().stream().flatMap(List::stream).toList());
      awaitServices(stack);
      Instant back = Instant.now();
      lab.awaitAllWorkers(back);
      Duration recovery = Duration.between(back, Instant.now());
      awaitWebui();
      report.add(
          "all workers mine again after all processes were killed, " + file,
          "under 10 s",
          "%.1f s".formatted(recovery.toMillis() / 1e3));
      assertThat(recovery).isLessThan(Duration.ofSeconds(10));

      assertWorkersLostLittle(2 * WORKERS, stack, report, file);
    }
  }

  private static void awaitServices(Stack stack) throws IOException {
    stack.redis().close(); // waits until Redis answers
    for (int port : new int[] {8001, 8002}) {
      await().ignoreExceptions().until(() -> !Http.get(port, "/healthz").isEmpty());
    }
  }

  private static void awaitWebui() {
    await().ignoreExceptions().until(() -> Http.get(8000, "/json").contains("\"hashes\""));
  }

  /** Kills process 1 of each container, and waits until the engine has started them again. */
  private static void kill(List<String> containers) throws Exception {
    List<String> before = inspect("{{.State.StartedAt}}", containers);
    String pids = String.join(" ", inspect("{{.State.Pid}}", containers));
    Shell.run("docker", "run", "--rm", "--pid", "host", "redis:8", "sh", "-c", "kill -9 " + pids);
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> {
              assertThat(inspect("{{.State.StartedAt}}", containers))
                  .doesNotContainAnyElementsOf(before);
              assertThat(inspect("{{.State.Status}}", containers)).containsOnly("running");
            });
  }

  private static List<String> inspect(String format, List<String> containers) throws Exception {
    List<String> command = new ArrayList<>(List.of("docker", "inspect", "-f", format));
    command.addAll(containers);
    return Shell.run(command.toArray(String[]::new)).lines().toList();
  }

  /** A killed worker loses the units of its last second, and the coin it was about to store. */
  private static void assertWorkersLostLittle(int kills, Stack stack, Report report, String file)
      throws Exception {
    stack.compose("stop", "worker");
    long units = stack.compose("logs", "worker").lines().filter(Accounts::isUnit).count();
    long coins = Accounts.logged(stack).coins();
    try (RedisCli redis = stack.redis()) {
      units -= redis.hashes();
      coins -= redis.coins();
    }
    report.add(
        "lost by %d workers whose process was killed, %s".formatted(kills, file),
        "at most 4 units and a coin each",
        "%d units, %d coins".formatted(units, coins));
    assertThat(units).isBetween(0L, 4L * kills);
    assertThat(coins).isBetween(0L, (long) kills);
  }
}
