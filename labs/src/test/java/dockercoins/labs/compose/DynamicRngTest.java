package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** variants/dynamic-rng.yml: scales rng up and down while 15 workers mine. */
@ExtendWith(OncePerRun.class)
class DynamicRngTest {

  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.start("variants/dynamic-rng.yml");
    stack.scale("worker=15");
    stack.awaitMining(100);
  }

  @AfterAll
  static void stop(Report report) throws Exception {
    try {
      Accounts.assertNothingIsLost(stack, report);
    } finally {
      stack.close();
    }
  }

  @Test
  void speedFollowsTheNumberOfBackendsWithoutErrors(Report report) throws Exception {
    Instant start = Instant.now();
    for (int backends : new int[] {1, 3, 5, 1}) {
      scaleTo(backends);
      double followed = awaitSpeed(10 * backends);
      double speed = stack.speed(10 * backends, Duration.ofSeconds(10));
      report.add("speed, rng scaled to " + backends, 10 * backends, speed, "hashes/s");
      report.add("until speed followed", "under 5 s", "%.1f s".formatted(followed));

      assertThat(followed).isLessThan(5);
      // Five backends keep all 15 workers busy, so that every delay lowers the speed.
      assertThat(speed).isCloseTo(10 * backends, withinPercentage(backends < 5 ? 4 : 8));
    }
    assertThat(stack.compose("logs", "--since", start.toString(), "worker"))
        .contains("units of work done")
        .doesNotContain("failed");
  }

  @Test
  void aKilledBackendIsSkippedUntilItIsBack(Report report) throws Exception {
    scaleTo(3);
    awaitSpeed(30);
    String killed = stack.containers("rng-backend").getFirst();

    Shell.run("docker", "kill", killed);
    double without = awaitSpeed(20);
    Shell.run("docker", "start", killed);
    double again = awaitSpeed(30);

    report.add("killed backend skipped", "under 5 s", "%.1f s".formatted(without));
    report.add("backend used again", "under 5 s", "%.1f s".formatted(again));
    assertThat(without).isLessThan(5);
    assertThat(again).isLessThan(5);
  }

  private static void scaleTo(int backends) throws Exception {
    stack.scale("worker=15", "rng-backend=" + backends);
  }

  private static double awaitSpeed(double expected) throws IOException {
    try (RedisCli redis = stack.redis()) {
      return redis.awaitSpeed(expected);
    }
  }
}
