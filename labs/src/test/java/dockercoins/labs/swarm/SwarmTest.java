package dockercoins.labs.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** swarm/dockercoins.yml on three engines. */
@ExtendWith({Report.Extension.class, Swarm.Extension.class})
class SwarmTest {

  private static SwarmStack stack;

  @BeforeAll
  static void deploy(Swarm swarm, Report report) throws Exception {
    stack = new SwarmStack(swarm, Map.of());
    long start = System.nanoTime();
    stack.deploy();
    try (RedisCli redis = stack.redis()) {
      redis.awaitMining(1);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    report.add("first hash after docker stack deploy", "under 60 s", "%.1f s".formatted(seconds));
    assertThat(seconds).isLessThan(60);
  }

  @AfterAll
  static void remove() throws Exception {
    stack.close();
  }

  @Test
  void mines(Report report) throws Exception {
    stack.scale("worker", 3);
    try (RedisCli redis = stack.redis()) {
      double speed = redis.speed(9, Duration.ofSeconds(15));
      report.add("speed, 3 workers", 9, speed, "hashes/s");
      stack.scale("worker", 0);
      stack.logs().awaitNothingIsLost(redis);
      assertThat(stack.logs().units()).isEqualTo(redis.hashes());
    }
  }
}
