package dockercoins.labs;

import static dockercoins.labs.FaultLab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Without delays, so that Redis is always in the middle of something. */
@ExtendWith(Report.Extension.class)
class BurstTest {

  @Test
  void redisIsKilledAgainAndAgain(Report report) throws Exception {
    try (var stack =
        new Stack(
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
      try (RedisCli redis = stack.redis()) {
        redis.assertNothingIsLost(report, stack);
      }
    }
  }
}
