package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import dockercoins.labs.harness.Statistics;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first half of the workshop: one machine, docker-compose.yml. */
@ExtendWith(OncePerRun.class)
class OneMachineTest {

  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final Duration PINGS = Duration.ofSeconds(10);

  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.start("docker-compose.yml");
  }

  @AfterAll
  static void stop() throws Exception {
    stack.close();
  }

  @Test
  void rngRunsAlone(Report report) throws Exception {
    stack.compose("down");
    stack.compose("up", "-d", "rng");

    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(Http.get(8001, "/")).matches("RNG running on [0-9a-f]{12}\n"));
    String size =
        Shell.run("curl", "-s", "-o", "/dev/null", "-w", "%{size_download}", "localhost:8001/10");
    report.add("curl localhost:8001/10", "10 bytes", size + " bytes");
    assertThat(size).isEqualTo("10");
    assertThat(stack.compose("ps", "--services")).isEqualTo("rng");
  }

  @Test
  void hasherRunsAlone(Report report) throws Exception {
    stack.compose("down");
    stack.compose("up", "-d", "hasher");

    await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(Http.get(8002, "/")).startsWith("HASHER running on "));
    String expected =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("hello".getBytes()));
    String hash = Http.post(8002, "hello");
    report.add("hash of hello", expected.substring(0, 8) + "...", hash.substring(0, 8) + "...");
    assertThat(hash).isEqualTo(expected);
    assertThat(stack.compose("exec", "-T", "hasher", "curl", "-s", "localhost/healthz"))
        .isEqualTo("ok");
  }

  @ParameterizedTest
  @CsvSource({"1, 3.333", "2, 6.667", "3, 10", "5, 10", "10, 10"})
  void workersMineAtTheSpeedOfTheWorkshop(int workers, double expected, Report report)
      throws Exception {
    stack.scale("worker=" + workers);
    stack.awaitMining(20 + workers * 10);
    double speed = stack.speed(expected, WINDOW);
    report.addSpeed(workers, expected, speed);

    assertThat(speed).isCloseTo(expected, withinPercentage(2));
  }

  /**
   * With one or two workers, rng is busy for one or two thirds of the time, and a ping that meets a
   * request waits for half of its time on average. With three workers, every ping meets one. Each
   * further worker adds one request to the queue.
   */
  @ParameterizedTest
  @CsvSource({"0, 0, 20", "1, 5, 60", "2, 15, 100", "3, 25, 120", "5, 200, 320", "10, 700, 830"})
  void pingsFindTheBottleneck(int workers, double min, double max, Report report) throws Exception {
    double expected = workers < 3 ? 1 + workers * 50 / 3.0 : Math.max(50, 100 * (workers - 2.5));
    stack.scale("worker=" + workers);
    if (workers > 0) {
      stack.awaitMining(workers * 10);
    } else {
      await().ignoreExceptions().until(() -> !Http.get(8001, "/").isEmpty());
    }
    double rng = Statistics.mean(Http.pings(8001, PINGS));
    double hasher = Statistics.of(Http.pings(8002, Duration.ofSeconds(3))).median();
    report.addLatency(workers, expected, rng);
    report.add(
        "median ping of hasher, " + workers + " workers", "1 ms", "%.1f ms".formatted(hasher));

    assertThat(rng).isBetween(min, max);
    assertThat(hasher).isLessThan(20);
  }

  @Test
  void rngServesABurstOneByOne(Report report) throws Exception {
    stack.scale("worker=0");
    await().ignoreExceptions().until(() -> !Http.get(8001, "/").isEmpty());
    List<Callable<String>> burst = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      burst.add(() -> Http.get(8001, "/1"));
    }
    long start = System.nanoTime();
    try (var clients = Executors.newFixedThreadPool(10)) {
      clients.invokeAll(burst);
    }
    double rate = 50 / ((System.nanoTime() - start) / 1e9);
    report.add("ab -n 50 -c 10 http://localhost:8001/1", 10, rate, "requests/s");

    assertThat(rate).isCloseTo(10, withinPercentage(5));
  }

  @Test
  void tenWorkersStopInAboutASecond(Report report) throws Exception {
    stack.scale("worker=10");
    stack.awaitMining(50);
    long start = System.nanoTime();
    stack.compose("stop", "worker");
    Duration stopped = Duration.ofNanos(System.nanoTime() - start);
    report.add("stop of 10 workers", "under 1000 ms", stopped.toMillis() + " ms");

    assertThat(stopped).isLessThan(Duration.ofSeconds(2)); // of which the engine takes most
  }

  /** The lesson on signals: the kernel ignores signals that process 1 does not handle. */
  @Test
  void aWorkerThatIgnoresSignalsHasToBeKilled(Report report) throws Exception {
    String worker =
        stack
            .compose("run", "-d", "-e", "JAVA_TOOL_OPTIONS=-Xrs", "worker")
            .lines()
            .toList()
            .getLast();
    await().until(() -> Shell.run("docker", "logs", worker).contains("units of work done"));
    long start = System.nanoTime();
    Shell.run("docker", "stop", "-t", "3", worker);
    Duration stopped = Duration.ofNanos(System.nanoTime() - start);
    String code = Shell.run("docker", "inspect", "-f", "{{.State.ExitCode}}", worker);
    Shell.run("docker", "rm", worker);
    report.add(
        "stop of a worker with -Xrs, within 3 s",
        "3000 ms, exit code 137",
        "%d ms, exit code %s".formatted(stopped.toMillis(), code));

    assertThat(stopped).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
    assertThat(code).isEqualTo("137");
  }

  @Test
  void countsAndCoinsSurviveDownAndUp() throws Exception {
    stack.scale("worker=3");
    long hashes;
    long coins;
    try (RedisCli redis = stack.redis()) {
      await().atMost(Duration.ofMinutes(1)).until(() -> redis.coins() > 0);
      hashes = redis.hashes();
      coins = redis.coins();
    }

    stack.compose("down");
    stack.scale("worker=0");

    try (RedisCli redis = stack.redis()) {
      assertThat(redis.hashes()).isBetween(hashes, hashes + 100);
      assertThat(redis.coins()).isBetween(coins, coins + 20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"worker webui hasher rng redis", "redis worker rng webui hasher"})
  void servicesStartInAnyOrder(String order, Report report) throws Exception {
    stack.compose("down");
    for (String service : order.split(" ")) {
      stack.compose("up", "-d", "--no-deps", service);
    }
    double seconds = stack.awaitMining(10);
    report.add("10 hashes after a start of " + order, "under 60 s", "%.1f s".formatted(seconds));

    assertThat(stack.compose("ps", "-q", "--status", "running").lines()).hasSize(5);
    await().untilAsserted(() -> assertThat(Http.get(8000, "/json")).contains("\"hashes\":"));
    assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
  }
}
