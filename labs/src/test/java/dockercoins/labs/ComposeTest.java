package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The first half of the workshop: one machine, docker-compose.yml. */
class ComposeTest {

  private static final Duration WINDOW = Duration.ofSeconds(30);

  private static final OkHttpClient client = new OkHttpClient();
  private static Stack stack;

  @BeforeAll
  static void start() {
    stack = new Stack();
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void everyServiceIsAtItsPort() throws Exception {
    await()
        .untilAsserted(() -> assertThat(get(8001, "/")).matches("RNG running on [0-9a-f]{12}\n"));
    await().untilAsserted(() -> assertThat(get(8002, "/")).startsWith("HASHER running on "));
    await().untilAsserted(() -> assertThat(get(8000, "/")).contains("DockerCoin Miner WebUI"));
    var hello = new Request.Builder().url("http://localhost:8002/");
    try (Response response =
        client.newCall(hello.post(RequestBody.create("hello", null)).build()).execute()) {
      assertThat(response.body().string())
          .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    }
    assertThat(stack.compose("exec", "-T", "hasher", "curl", "-s", "localhost/healthz"))
        .isEqualTo("ok");
  }

  @ParameterizedTest
  @CsvSource({"1, 3.333", "3, 10", "10, 10"})
  void workersMineAtTheSpeedOfTheWorkshop(int workers, double ideal) throws Exception {
    stack.scaleWorkers(workers);
    awaitMining(workers * 10);
    double speed = stack.speed(WINDOW);
    System.out.printf(
        "speed, %d workers: %.3f hashes/s, ideal %.3f, ratio %.3f%n",
        workers, speed, ideal, speed / ideal);

    assertThat(speed).isCloseTo(ideal, withinPercentage(2));
  }

  @Test
  void tenWorkersStopInUnderTwoSeconds() throws Exception {
    stack.scaleWorkers(10);
    awaitMining(50);
    long start = System.nanoTime();
    stack.compose("stop", "worker");
    Duration stopped = Duration.ofNanos(System.nanoTime() - start);
    System.out.printf("stop of 10 workers: %d ms%n", stopped.toMillis());

    assertThat(stopped).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void countsAndCoinsSurviveDownAndUp() throws Exception {
    stack.scaleWorkers(3);
    long hashes;
    long coins;
    try (RedisCli redis = stack.redis()) {
      await().atMost(Duration.ofMinutes(1)).until(() -> redis.coins() > 0);
      hashes = redis.hashes();
      coins = redis.coins();
    }

    stack.compose("down");
    stack.scaleWorkers(0);

    try (RedisCli redis = stack.redis()) {
      assertThat(redis.hashes()).isBetween(hashes, hashes + 100);
      assertThat(redis.coins()).isBetween(coins, coins + 20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"worker webui hasher rng redis", "redis worker rng webui hasher"})
  void servicesStartInAnyOrder(String order) throws Exception {
    stack.compose("down");
    for (String service : order.split(" ")) {
      stack.compose("up", "-d", "--no-deps", service);
    }
    long start = System.nanoTime();
    awaitMining(10);
    System.out.printf(
        "start in the order %s: 10 hashes after %.1f s%n",
        order, (System.nanoTime() - start) / 1e9);

    assertThat(stack.compose("ps", "-q", "--status", "running").lines()).hasSize(5);
    await().untilAsserted(() -> assertThat(get(8000, "/json")).contains("\"hashes\":"));
  }

  private static void awaitMining(int hashes) throws IOException {
    try (RedisCli redis = stack.redis()) {
      long before = redis.hashes();
      await().atMost(Duration.ofMinutes(1)).until(redis::hashes, now -> now >= before + hashes);
    }
  }

  private static String get(int port, String path) throws IOException {
    var request = new Request.Builder().url("http://localhost:%d%s".formatted(port, path)).build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().string();
    }
  }
}
