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
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * docker-compose.yml-ambassador: two stacks, which stand for two machines, share one Redis at a
 * port that Docker has chosen.
 */
@ExtendWith(OncePerRun.class)
class TwoHostsTest {

  private static String host;
  private static String redis;
  private static Stack first;
  private static Stack second;

  @BeforeAll
  static void start() throws Exception {
    host =
        Shell.run(
            "docker", "network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}");
    startRedis();
    var environment = Map.of("REDIS_HOST", host, "REDIS_PORT", port());
    first = Stack.start(environment, "docker-compose.yml-ambassador");
    second =
        Stack.start(
            environment,
            "docker-compose.yml-ambassador",
            "labs/src/test/resources/second-host.yml");
  }

  @AfterAll
  static void stop() throws Exception {
    first.close();
    second.close();
    stopRedis();
    Shell.run("docker", "volume", "rm", "dockercoins-labs");
  }

  @Test
  void speedsAddUpAndMiningSurvivesAMoveOfRedis(Report report) throws Exception {
    first.scale("worker=5");
    second.scale("worker=5");
    try (RedisCli counters = redisCli()) {
      counters.awaitMining(200);
      double speed = counters.speed(20, Duration.ofSeconds(30));
      report.add("speed, two hosts with 5 workers each", 20, speed, "hashes/s");
      assertThat(speed).isCloseTo(20, withinPercentage(2));
    }

    stopRedis();
    startRedis();
    for (Stack stack : new Stack[] {first, second}) {
      stack.compose("exec", "-T", "redis", "ambassador", "reconfigure", "6379", host, port());
    }
    try (RedisCli counters = redisCli()) {
      double resumed = counters.awaitMining(1);
      double full = resumed + counters.awaitSpeed(20);
      report.add("mining resumed after Redis moved", "under 5 s", "%.1f s".formatted(resumed));
      report.add("full speed after Redis moved", "under 10 s", "%.1f s".formatted(full));
      assertThat(resumed).isLessThan(5);
      assertThat(full).isLessThan(10);

      Accounts.assertNothingIsLost(counters, report, first, second);
      assertThat(first.compose("logs", "worker"))
          .contains("redis:6379 failed")
          .doesNotContain("Exception");
    }
  }

  private static void startRedis() throws Exception {
    redis =
        Shell.run(
            "docker run -d -p 6379 -v dockercoins-labs:/data redis:8 redis-server --appendonly yes"
                .split(" "));
  }

  private static void stopRedis() throws Exception {
    Shell.run("docker", "stop", redis);
    Shell.run("docker", "rm", redis);
  }

  private static String port() throws Exception {
    String published = Shell.run("docker", "port", redis, "6379").lines().findFirst().orElseThrow();
    return published.substring(published.lastIndexOf(':') + 1);
  }

  private static RedisCli redisCli() throws IOException {
    return new RedisCli(redis);
  }
}
