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
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

/** Runs the worker as a process, as the image does. */
class WorkerTest {

  private static final Pattern UNITS = Pattern.compile("(\\d+) units of work done");
  private static final Pattern COIN = Pattern.compile("Coin found: 0[0-9a-f]{7}\\.\\.\\.");

  private static final String PASSWORD = "password"; // of the key store

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
    redisServer = redisServer("127.0.0.1");
    redisServer.start();
    redis = RedisClient.create("127.0.0.1", redisPort);
    services = serve("127.0.0.1", 0, requests);
    names("127.0.0.1", "127.0.0.1");
    worker = worker("redis://redis:" + redisPort, Map.of());
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
    assertThat(redis.get("hashes")).isEqualTo(Integer.toString(loggedUnits()));
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
    await().until(() -> log().contains("Connection refused), trying again until the process ends"));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> log().endsWith(" are lost if the process is killed now\n"));

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

    names("127.0.0.1", "127.0.0.2");
    await().atMost(Duration.ofSeconds(1)).until(() -> elsewhere.get() > 10);
    int before = requests.get();
    await().until(() -> elsewhere.get() > 100);
    assertThat(requests).hasValue(before);
    moved.stop();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void findsARedisThatHasMovedWithin2SecondsAlthoughTheOldOneAnswers(boolean readOnly)
      throws Exception {
    await().until(() -> redis.exists("wallet"));
    RedisServer moved = redisServer("127.0.0.2");
    moved.start();
    if (readOnly) {
      redis.sendCommand(() -> "REPLICAOF".getBytes(), "127.0.0.2", "" + redisPort);
      await().until(() -> log().contains("failed (READONLY"));
    }

    names("127.0.0.2", "127.0.0.1");
    try (var there = RedisClient.create("127.0.0.2", redisPort)) {
      await().atMost(Duration.ofSeconds(2)).until(() -> there.exists("hashes"));
    } finally {
      moved.stop();
    }
  }

  @Test
  void aStopWaitsForTheCommandInFlightAndSendsNoOtherMeanwhile() throws Exception {
    worker.destroyForcibly().waitFor();
    redis.flushAll();
    Files.delete(logFile().toPath());
    try (var link = new Forwarder(new ServerSocket(0), redisPort)) {
      worker = worker("redis://redis:" + link.port(), Map.of());
      await().until(() -> redis.exists("wallet"));
      link.holdReplies();
      await().until(() -> link.heldReplies.get() > 0);
      int connections = link.connections.get();
      worker.destroy();
      await()
          .during(Duration.ofMillis(500))
          .until(() -> link.connections.get(), Predicate.isEqual(connections));

      link.releaseReplies();
      assertThat(worker.waitFor(2, TimeUnit.SECONDS)).isTrue();
      assertThat(redis.get("hashes")).isEqualTo(Integer.toString(loggedUnits()));
      assertThat(redis.hlen("wallet")).isEqualTo(COIN.matcher(log()).results().count());
    }
  }

  @Test
  void speaksTlsOnlyToAServerThatItTrusts() throws Exception {
    Path keys = keyStore("redis");
    String trust =
        "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s"
            .formatted(keys, PASSWORD);
    redis.configSet("requirepass", "s3cret");
    try (var link = new Forwarder(tlsServerSocket(keys), redisPort)) {
      worker.destroyForcibly().waitFor();
      redis.del("hashes");
      String login = "rediss://:s3cret@";
      worker = worker(login + "redis:" + link.port(), Map.of("JAVA_TOOL_OPTIONS", trust));
      await().atMost(Duration.ofMinutes(1)).until(() -> redis.exists("hashes"));

      Process distrustful = worker(login + "redis:" + link.port(), Map.of());
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> log().contains("unable to find valid certification path"));
      distrustful.destroyForcibly();

      Process deceived =
          worker(login + "localhost:" + link.port(), Map.of("JAVA_TOOL_OPTIONS", trust));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> log().contains("No subject alternative DNS name matching localhost"));
      deceived.destroyForcibly();
      assertThat(log()).doesNotContain("s3cret");
    }
  }

  private Path keyStore(String host) throws Exception {
    Path keys = folder.resolve("keys.p12");
    var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    var command =
        "%s -genkeypair -keyalg EC -groupname secp256r1 -dname CN=x -ext san=dns:%s -keystore %s -storepass %s"
            .formatted(keytool, host, keys, PASSWORD);
    assertThat(new ProcessBuilder(command.split(" ")).inheritIO().start().waitFor()).isZero();
    return keys;
  }

  private static ServerSocket tlsServerSocket(Path keys) throws Exception {
    var factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(
        KeyStore.getInstance(keys.toFile(), PASSWORD.toCharArray()), PASSWORD.toCharArray());
    var tls = SSLContext.getInstance("TLS");
    tls.init(factory.getKeyManagers(), null, null);
    return tls.getServerSocketFactory().createServerSocket(0);
  }

  @Test
  void logsAndSurvivesAnOutageOfRedis() throws Exception {
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

  private RedisServer redisServer(String address) throws IOException {
    return RedisServer.builder().bind(address).port(redisPort).setting("save \"\"").build();
  }

  private Process worker(String redisUrl, Map<String, String> more) throws IOException {
    var environment = new HashMap<>(more);
    environment.put("RNG_URL", "http://services:%d/".formatted(services.port()));
    environment.put("HASHER_URL", "http://services:%d/".formatted(services.port()));
    environment.put("REDIS_URL", redisUrl);
    environment.put("DELAY_MS", "1");
    return worker(environment);
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

  private void names(String redis, String services) throws IOException {
    Path next = folder.resolve("hosts.next");
    Files.writeString(next, "%s redis\n%s services\n".formatted(redis, services));
    Files.move(next, folder.resolve("hosts"), StandardCopyOption.ATOMIC_MOVE);
  }

  private int loggedUnits() throws IOException {
    return UNITS.matcher(log()).results().mapToInt(m -> Integer.parseInt(m.group(1))).sum();
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
