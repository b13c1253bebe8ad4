package dockercoins.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.RedisClient;

/** Starts the application as {@code local/run} does, and stops it. */
class LocalTest {

  private static final Pattern READY =
      Pattern.compile("Open http://localhost:(\\d+)/ .* Redis: localhost:(\\d+)");

  @TempDir Path folder;

  private Process local;
  private List<ProcessHandle> children = List.of(); // so that a failed test leaves none behind

  @AfterEach
  void stop() {
    children.forEach(ProcessHandle::destroyForcibly);
    local.descendants().forEach(ProcessHandle::destroyForcibly);
    local.destroyForcibly();
  }

  @Test
  void minesAtTheSpeedOfOneWorkerAndStopsAllProcesses() throws Exception {
    Map<String, String> ports = freePorts();
    start(ports);
    Matcher ready = awaitReady();
    assertThat(ready.group(1)).isEqualTo(ports.get("WEBUI_PORT"));

    try (var redis = RedisClient.create("localhost", Integer.parseInt(ready.group(2)))) {
      await().atMost(Duration.ofMinutes(1)).until(() -> redis.hlen("wallet") > 0);
      double speed = speed(redis, Duration.ofSeconds(20));
      System.out.printf("1 worker: %.2f hashes/s, ideal 3.33%n", speed);
      assertThat(speed).isBetween(0.95 * 10 / 3, 1.05 * 10 / 3);

      Map<byte[], byte[]> wallet = redis.hgetAll("wallet".getBytes());
      for (var coin : wallet.entrySet()) {
        assertThat(new String(coin.getKey())).isEqualTo(sha256(coin.getValue())).startsWith("0");
      }

      long before = hashes(redis);
      URL url = URI.create("http://localhost:%s/json".formatted(ready.group(1))).toURL();
      JsonNode json = // webui may have read Redis 250 ms ago
          await()
              .until(
                  () -> new ObjectMapper().readTree(url),
                  answer -> answer.get("hashes").longValue() >= before);
      assertThat(json.get("hashes").longValue()).isLessThanOrEqualTo(hashes(redis));
      assertThat(json.get("coins").longValue())
          .isBetween((long) wallet.size(), redis.hlen("wallet"));
    }
    assertThat(log()).contains("\nrng-1     | ", "\nhasher-1  | ", "\nworker-1  | ");

    children = local.descendants().toList();
    assertThat(children).hasSize(5).allMatch(ProcessHandle::isAlive);
    long start = System.nanoTime();
    local.destroy();
    assertThat(local.waitFor(2, TimeUnit.SECONDS)).isTrue();
    System.out.printf("Stopped in %d ms%n", (System.nanoTime() - start) / 1_000_000);
    assertThat(children).noneMatch(ProcessHandle::isAlive);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "HUP", "INT"})
  void allProcessesEndWithTheLauncherAndTheNextLauncherStarts(String signal) throws Exception {
    Map<String, String> ports = freePorts();
    start(ports);
    awaitReady();
    children = local.descendants().toList();
    assertThat(children).hasSize(5).noneMatch(LocalTest::hasEnded);

    send(signal, local.toHandle());
    long start = System.nanoTime();
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(children).allMatch(LocalTest::hasEnded));
    System.out.printf("SIG%s: ended in %d ms%n", signal, (System.nanoTime() - start) / 1_000_000);

    start(ports);
    awaitReady();
  }

  @Test
  void aKilledServiceIsReportedAndTheOthersGoOn() throws Exception {
    start(freePorts());
    awaitReady();
    children = local.descendants().toList();
    ProcessHandle killed = children.getFirst();

    send("KILL", killed);

    await().until(() -> log().contains("-1 exited with code 137\n"));
    assertThat(local.isAlive()).isTrue();
    assertThat(children).filteredOn(LocalTest::hasEnded).containsExactly(killed);
  }

  @ParameterizedTest
  @CsvSource({"WEBUI_PORT", "RNG_PORT", "HASHER_PORT"})
  void aPortInUseIsReportedInOneLineAndNothingStarts(String setting) throws Exception {
    try (var taken = new ServerSocket(0)) {
      Map<String, String> ports = freePorts();
      ports.put(setting, Integer.toString(taken.getLocalPort()));
      start(ports);

      assertThat(local.waitFor()).isEqualTo(1);
      assertThat(log())
          .isEqualTo(
              "Port %d: Address already in use. Stop what uses it, or set %s to another port.\n",
              taken.getLocalPort(), setting);
    }
  }

  @Test
  void aPortOfTwoServicesIsReportedInOneLine() throws Exception {
    Map<String, String> ports = freePorts();
    ports.put("HASHER_PORT", ports.get("WEBUI_PORT"));
    start(ports);

    assertThat(local.waitFor()).isEqualTo(1);
    assertThat(log())
        .isEqualTo(
            "Port %s: Address already in use. Stop what uses it, or set HASHER_PORT to another port.\n",
            ports.get("HASHER_PORT"));
  }

  @Test
  void aServiceThatDoesNotStartStopsTheOthers() throws Exception {
    Map<String, String> environment = freePorts();
    environment.put("DELAY_MS", "soon");
    start(environment);

    assertThat(local.waitFor()).isEqualTo(1);
    assertThat(log()).contains("rng-1     | rng: DELAY_MS is \"soon\": set it to");
  }

  @Test
  void anInvalidSettingIsReportedInOneLine() throws Exception {
    start(Map.of("WORKERS", "many"));

    assertThat(local.waitFor()).isEqualTo(1);
    assertThat(log()).isEqualTo("WORKERS is \"many\": set it to a whole number from 0 to 100\n");
  }

  private void start(Map<String, String> environment) throws IOException {
    var command =
        new ProcessBuilder(
                "env", // Started with nohup, the tests ignore signals, and would pass that on.
                "--default-signal=HUP,INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Local.class.getName(),
                "../webui/files")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    command.environment().putAll(environment);
    local = command.start();
  }

  private Matcher awaitReady() {
    return await().atMost(Duration.ofSeconds(30)).until(() -> READY.matcher(log()), Matcher::find);
  }

  private static void send(String signal, ProcessHandle process) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()));
    assertThat(kill.start().waitFor()).isZero();
  }

  /** A process that has ended has no command, but it is alive until its parent notices the end. */
  private static boolean hasEnded(ProcessHandle process) {
    return process.info().command().isEmpty();
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  /** Measures from one change of the counter to another, because it changes by four at a time. */
  private static double speed(RedisClient redis, Duration atLeast) {
    long firstHashes = nextChange(redis);
    long first = System.nanoTime();
    long lastHashes = firstHashes;
    long last = first;
    while (last - first < atLeast.toNanos()) {
      lastHashes = nextChange(redis);
      last = System.nanoTime();
    }
    return (lastHashes - firstHashes) * 1e9 / (last - first);
  }

  private static long nextChange(RedisClient redis) {
    long before = hashes(redis);
    return await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> hashes(redis), now -> now > before);
  }

  private static long hashes(RedisClient redis) {
    String hashes = redis.get("hashes");
    return hashes == null ? 0 : Long.parseLong(hashes);
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static Map<String, String> freePorts() throws IOException {
    try (var webui = new ServerSocket(0);
        var rng = new ServerSocket(0);
        var hasher = new ServerSocket(0)) {
      return new HashMap<>(
          Map.of(
              "WEBUI_PORT", "" + webui.getLocalPort(),
              "RNG_PORT", "" + rng.getLocalPort(),
              "HASHER_PORT", "" + hasher.getLocalPort()));
    }
  }
}
