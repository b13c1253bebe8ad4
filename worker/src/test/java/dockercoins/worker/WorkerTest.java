package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.javalin.Javalin;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

/** The process, as the image runs it. */
class WorkerTest {

  private static final Pattern UNITS = Pattern.compile("(\\d+) units of work done");
  private static final Pattern COIN = Pattern.compile("Coin found: 0[0-9a-f]{7}\\.\\.\\.");

  @TempDir Path folder;

  private final AtomicInteger requests = new AtomicInteger();
  private int redisPort;
  private RedisServer redisServer;
  private RedisClient redis;
  private Javalin services;
  private Process worker;

  @BeforeEach
  void start() throws IOException {
    redisPort = freePort();
    redisServer = RedisServer.builder().port(redisPort).setting("save \"\"").build();
    redisServer.start();
    redis = RedisClient.create("localhost", redisPort);
    services = serve("127.0.0.1", 0, requests);
    names("127.0.0.1");
    worker =
        worker(
            Map.of(
                "RNG_URL", "http://services:%d/".formatted(services.port()),
                "HASHER_URL", "http://services:%d/".formatted(services.port()),
                "REDIS_URL", "redis://redis:%d".formatted(redisPort),
                "DELAY_MS", "1"));
  }

  @AfterEach
  void stop() {
    worker.destroyForcibly();
    services.stop();
    redis.close();
    redisServer.stop();
  }

  @Test
  void aStopStoresAllUnitsAndCoins() throws Exception {
    await().until(() -> redis.exists("wallet") && Integer.parseInt(redis.get("hashes")) > 100);

    long start = System.nanoTime();
    worker.destroy();
    assertThat(worker.waitFor(1, TimeUnit.SECONDS)).isTrue();
    System.out.printf("Stopped in %d ms%n", (System.nanoTime() - start) / 1_000_000);

    String log = log();
    int units = UNITS.matcher(log).results().mapToInt(m -> Integer.parseInt(m.group(1))).sum();
    assertThat(redis.get("hashes")).isEqualTo(Integer.toString(units));
    Map<byte[], byte[]> wallet = redis.hgetAll("wallet".getBytes());
    assertThat(wallet).hasSize((int) COIN.matcher(log).results().count());
    for (var coin : wallet.entrySet()) {
      assertThat(new String(coin.getKey())).isEqualTo(sha256(coin.getValue())).startsWith("0");
    }
  }

  @Test
  void aStopWaitsForRedisToComeBack() throws Exception {
    await().until(() -> redis.exists("wallet"));
    redisServer.stop();
    await().until(() -> log().contains("Connection refused"));
    worker.destroy();
    await().until(() -> log().contains("Connection refused), trying again until the stop"));

    redisServer.start(); // empty, because it saves nothing
    assertThat(worker.waitFor(5, TimeUnit.SECONDS)).isTrue();
    String log = log();
    String last = log.substring(0, log.lastIndexOf(" units of work done"));
    try (var again = RedisClient.create("localhost", redisPort)) {
      assertThat(again.get("hashes")).isEqualTo(last.substring(last.lastIndexOf('\n') + 1));
    }
  }

  @Test
  void findsAServiceThatHasMoved() throws Exception {
    await().until(() -> requests.get() > 10);
    var elsewhere = new AtomicInteger();
    Javalin moved = serve("127.0.0.2", services.port(), elsewhere);

    names("127.0.0.2");
    await().atMost(Duration.ofSeconds(1)).until(() -> elsewhere.get() > 10);
    int before = requests.get();
    await().until(() -> elsewhere.get() > 100);
    assertThat(requests).hasValue(before);
    moved.stop();
  }

  @Test
  void survivesAndLogsThatRedisIsAway() throws Exception {
    await().until(() -> redis.exists("wallet"));
    redisServer.stop();
    await()
        .until(
            () ->
                log()
                    .matches(
                        "(?s).*\nredis:\\d+ failed \\(Connection refused\\), trying again in .*"));
    redisServer.start();
    await().until(() -> !log().endsWith(" s\n"));

    assertThat(worker.isAlive()).isTrue();
  }

  @Test
  void refusesAnInvalidSetting() throws Exception {
    Process refused = worker(Map.of("REDIS_URL", "redis"));

    assertThat(refused.waitFor()).isEqualTo(1);
    assertThat(log())
        .contains("worker: REDIS_URL is \"redis\": set it to a URL like redis://host:6379\n");
  }

  private Process worker(Map<String, String> environment) throws IOException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + folder.resolve("hosts"),
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile()));
    process.environment().putAll(environment);
    return process.start();
  }

  private void names(String services) throws IOException {
    Path next = folder.resolve("hosts.next");
    Files.writeString(next, "127.0.0.1 redis\n" + services + " services\n");
    Files.move(next, folder.resolve("hosts"), StandardCopyOption.ATOMIC_MOVE);
  }

  private File logFile() {
    return folder.resolve("log").toFile();
  }

  private String log() throws IOException {
    return Files.readString(logFile().toPath());
  }

  /** An rng and a hasher without a delay. */
  private static Javalin serve(String address, int port, AtomicInteger requests) {
    return Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.routes.before(ctx -> requests.incrementAndGet());
              config.routes.get("/32", ctx -> ctx.result(randomBytes()));
              config.routes.post("/", ctx -> ctx.result(sha256(ctx.bodyAsBytes())));
            })
        .start(address, port);
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[32];
    new Random().nextBytes(bytes);
    return bytes;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
