package dockercoins.webui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dockercoins.webui.Progress.Sample;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

class ProgressTest {

  private Instant now = Instant.ofEpochSecond(1_448_000_000); // the time of day
  private Duration elapsed = Duration.ZERO; // the monotonic clock
  private RedisServer server;
  private RedisClient redis;
  private Progress progress;

  @BeforeEach
  void start() throws IOException {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    server = RedisServer.builder().port(port).setting("save \"\"").build();
    server.start();
    redis = RedisClient.create("localhost", port);
    progress =
        new Progress(URI.create("redis://localhost:" + port), () -> now, () -> elapsed.toNanos());
  }

  @AfterEach
  void stop() throws IOException {
    progress.stop();
    redis.close();
    server.stop();
  }

  private void read(int times) {
    for (int i = 0; i < times; i++) {
      pass(Duration.ofMillis(250));
      progress.read();
    }
  }

  private void pass(Duration time) {
    now = now.plus(time);
    elapsed = elapsed.plus(time);
  }

  private List<Sample> samples() {
    return progress.history(0).samples();
  }

  private Double lastChange() {
    var changed = samples().getLast().changed();
    return changed == null ? null : changed.doubleValue();
  }

  private double seconds() {
    return now.toEpochMilli() / 1000.0;
  }

  @Test
  void keepsASampleOfEachOfTheLastSeconds() {
    read(2000);

    assertThat(samples()).hasSize(310);
    for (int i = 1; i < 310; i++) {
      assertThat(samples().get(i).now().subtract(samples().get(i - 1).now())).isEqualTo("1.000");
    }
    assertThat(samples().getLast().now().doubleValue()).isBetween(seconds() - 1, seconds());
  }

  @Test
  void knowsToAQuarterOfASecondWhenTheCountChanged() {
    redis.set("hashes", "4");
    read(5);
    assertThat(lastChange()).isNull();

    redis.set("hashes", "8");
    read(1);
    double seen = seconds();
    read(20);

    assertThat(lastChange()).isEqualTo(seen);
  }

  @Test
  void doesNotKnowWhenTheCountChangedWhileRedisWasAway() throws IOException {
    read(5);
    redis.set("hashes", "4");
    read(4);
    assertThat(lastChange()).isNotNull();

    server.stop();
    read(8);
    assertThat(progress.history(0).error()).endsWith("Connection refused");
    assertThat(samples().getLast().now().doubleValue()).isLessThan(seconds() - 1);
    assertThatIOException()
        .isThrownBy(() -> progress.counts())
        .withMessage(progress.history(0).error());

    server.start();
    read(4);
    assertThat(progress.history(0).error()).isNull();
    assertThat(lastChange()).isNull();
  }

  @Test
  void givesOnlyTheNewSamples() {
    read(20);
    double middle = samples().get(2).now().doubleValue();

    assertThat(progress.history(middle).samples()).isEqualTo(samples().subList(3, 5));
    assertThat(progress.history(samples().getLast().now().doubleValue()).samples()).isEmpty();
    assertThat(progress.history(seconds() + 60).samples()).isEqualTo(samples());
  }

  @Test
  void reportsAPollerThatHangs() {
    read(4);
    now = now.minusSeconds(3600); // which must not hide it
    pass(Duration.ofSeconds(4));

    assertThatIOException()
        .isThrownBy(() -> progress.counts())
        .withMessageEndingWith(": no answer for 3 s");
    assertThat(progress.history(0).error()).endsWith(": no answer for 3 s");
    read(1);
    assertThat(progress.history(0).error()).isNull();
  }

  @Test
  void findsARedisThatHasMovedWithin2SecondsAlthoughTheOldOneAnswers() throws IOException {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    RedisServer moved = RedisServer.builder().port(port).setting("save \"\"").build();
    moved.start();
    try (var newRedis = RedisClient.create("localhost", port);
        var link = new Forwarder(new ServerSocket(0), server.ports().getFirst())) {
      newRedis.set("hashes", "7");
      var polled =
          new Progress(URI.create("redis://localhost:" + link.port()), () -> now, System::nanoTime);
      polled.read();
      assertThat(polled.counts().hashes()).isZero();

      link.target = port;
      await()
          .atMost(Duration.ofSeconds(2))
          .until(
              () -> {
                polled.read();
                return polled.counts().hashes() == 7;
              });
      polled.stop();
    } finally {
      moved.stop();
    }
  }

  @Test
  void opensAtMostOneConnectionASecond() throws IOException {
    try (var link = new Forwarder(new ServerSocket(0), server.ports().getFirst())) {
      var polled =
          new Progress(URI.create("redis://localhost:" + link.port()), () -> now, System::nanoTime);
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        polled.read();
      }

      long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
      assertThat(link.connections).hasValueLessThanOrEqualTo((int) seconds + 1);
      polled.stop();
    }
  }

  @Test
  void reportsACountThatIsNotANumber() {
    redis.set("hashes", "many");
    read(1);

    assertThat(progress.history(0).error())
        .endsWith(": hashes is \"many\", which is not a number: delete it");
  }

  /** One more sample follows each second, whatever the time of day does. */
  @ParameterizedTest
  @ValueSource(longs = {-300, -999, -1000, -2500, -60_000, -3_600_000, -86_400_123})
  void movesTheSamplesWhenTheClockIsSetBack(long step) {
    redis.set("hashes", "4");
    read(10);
    redis.set("hashes", "8");
    read(31);
    List<Sample> before = samples();
    now = now.plusMillis(step);
    read(4);

    assertThat(samples()).hasSize(before.size() + 1).startsWith(moved(before, step));
    assertThat(distances()).containsOnly("1.000");
    assertThat(lastChange())
        .isEqualTo(List.of(moved(before, step)).getLast().changed().doubleValue())
        .isLessThan(seconds());
    read(20);
    assertThat(samples()).hasSize(before.size() + 6);
    assertThat(distances()).containsOnly("1.000");
  }

  @Test
  void movesTheSamplesWhenTheClockIsSetBackWhileRedisIsAway() throws IOException {
    read(5);
    List<Sample> before = samples();
    server.stop();
    read(7);
    now = now.minusSeconds(3600);
    read(4);
    server.start();
    read(1);

    assertThat(samples()).startsWith(moved(before, -3_600_000));
    assertThat(distances()).containsExactly("1.000", "3.000");
    assertThat(samples().getLast().changed()).isNull();
  }

  @Test
  void keepsTheSamplesThroughManySmallStepsBack() {
    for (int i = 0; i < 100; i++) {
      read(4);
      now = now.minusMillis(90);
    }

    assertThat(samples()).hasSize(100);
    assertThat(distances()).containsOnly("0.910");
  }

  /** A computer that wakes up sees the same step, and has mined nothing meanwhile. */
  @ParameterizedTest
  @ValueSource(longs = {300, 60_000, 3_600_000})
  void leavesAGapWhenTheClockIsSetForward(long step) throws IOException {
    read(21);
    List<Sample> before = samples();
    now = now.plusMillis(step);

    assertThat(progress.counts()).isNotNull(); // and reports no hanging poller
    read(4);
    assertThat(samples()).hasSize(before.size() + 1).startsWith(before.toArray(Sample[]::new));
    assertThat(distances()).last().isEqualTo(BigDecimal.valueOf(1000 + step, 3).toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {-300, -60_000, -3_600_000})
  void givesAllSamplesToAClientThatAsksByTheOldClock(long step) {
    read(40);
    double known = samples().getLast().now().doubleValue();
    now = now.plusMillis(step);
    read(8);

    assertThat(progress.history(known).samples()).isEqualTo(samples()).hasSize(12);
    double newest = samples().get(10).now().doubleValue();
    assertThat(progress.history(newest).samples()).containsExactly(samples().getLast());
  }

  private static Sample[] moved(List<Sample> samples, long millis) {
    var seconds = BigDecimal.valueOf(millis, 3);
    return samples.stream()
        .map(
            sample ->
                new Sample(
                    sample.coins(),
                    sample.hashes(),
                    sample.now().add(seconds),
                    sample.changed() == null ? null : sample.changed().add(seconds)))
        .toArray(Sample[]::new);
  }

  /** The seconds between one sample and the next. */
  private List<String> distances() {
    List<Sample> samples = samples();
    return IntStream.range(1, samples.size())
        .mapToObj(i -> samples.get(i).now().subtract(samples.get(i - 1).now()).toString())
        .toList();
  }
}
