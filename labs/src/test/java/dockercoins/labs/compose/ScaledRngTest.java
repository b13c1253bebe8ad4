package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import dockercoins.labs.harness.Statistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docker-compose.yml-scaled-rng: three rng behind an ambassador. */
@ExtendWith(OncePerRun.class)
class ScaledRngTest {

  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.start("docker-compose.yml-scaled-rng");
  }

  @AfterAll
  static void stop() throws Exception {
    stack.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 30})
  void threeRngGiveThirtyHashesASecond(int workers, Report report) throws Exception {
    stack.scale("worker=" + workers);
    stack.awaitMining(300);
    double speed = stack.speed(30, Duration.ofSeconds(30));
    double ping = Statistics.mean(Http.pings(8001, Duration.ofSeconds(10)));
    report.add("speed, three rng, " + workers + " workers", 30, speed, "hashes/s");
    report.add(
        "mean ping of three rng, " + workers + " workers",
        workers == 10 ? "tens of ms" : 100 * (workers / 3 - 2.5) + " ms",
        "%.1f ms".formatted(ping));

    assertThat(speed).isCloseTo(30, withinPercentage(3));
    assertThat(ping).isLessThan(workers == 10 ? 200 : 900);
  }

  @Test
  void aReloadUnderLoadLosesNoRequest(Report report) throws Exception {
    stack.scale("worker=0");
    await().ignoreExceptions().until(() -> !Http.get(8001, "/").isEmpty());
    String ambassador = stack.containers("rng").getFirst();
    var reloading = new AtomicBoolean(true);
    Callable<Integer> client =
        () -> {
          int answers = 0;
          while (reloading.get()) {
            Http.get(8001, "/"); // throws if the request fails
            answers++;
          }
          return answers;
        };
    List<Future<Integer>> clients = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      try {
        for (int i = 0; i < 4; i++) {
          clients.add(threads.submit(client));
        }
        for (int i = 0; i < 10; i++) {
          String backends = i % 2 == 0 ? "rng1:80 rng2:80" : "rng1 80 rng2 80 rng3 80";
          Shell.run(
              "docker run --rm --volumes-from %s dockercoins-ambassador reconfigure 80 %s"
                  .formatted(ambassador, backends)
                  .split(" "));
        }
      } finally {
        reloading.set(false);
      }
    }
    int answers = 0;
    for (Future<Integer> each : clients) {
      answers += each.get();
    }
    report.add("requests during 10 reloads of the ambassador", "0 failed", "0 of " + answers);
    assertThat(answers).isGreaterThan(100);
  }
}
