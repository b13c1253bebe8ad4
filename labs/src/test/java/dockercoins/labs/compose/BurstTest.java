package dockercoins.labs.compose;

import static dockercoins.labs.compose.FaultLab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Stack;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Redis is killed while it is busy, because five workers mine without delays. */
@ExtendWith(OncePerRun.class)
class BurstTest {

  @Test
  void nothingIsLostWhenRedisIsKilledAgainAndAgain(Report report) throws Exception {
    try (var stack =
        Stack.start(
            Map.of("DELAY_MS", "0"), "docker-compose.yml", "labs/src/test/resources/faults.yml")) {
      stack.scale("worker=5");
      stack.awaitMining(500);
      for (int i = 0; i < SECONDS / 2; i++) {
        TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(2000));
        stack.compose("kill", "redis");
        stack.compose("start", "redis");
      }
      double speed = stack.awaitMining(500);
      report.add("500 hashes without delays", "under 10 s", "%.1f s".formatted(speed));
      assertThat(speed).isLessThan(10);
      Accounts.assertNothingIsLost(stack, report);
    }
  }
}
