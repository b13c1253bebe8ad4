package dockercoins.webui;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * Polls Redis four times a second for the progress of the workers, and answers from memory, however
 * many pages ask.
 */
final class Progress {

  private static final int POLL_INTERVAL_MS = 250;
  private static final BigDecimal SAMPLE_INTERVAL = new BigDecimal("0.9"); // 1 s, less some jitter

  /** Five minutes of samples, and ten seconds more for the first mean. */
  private static final int MAX_SAMPLES = 310;

  /** How soon webui finds a Redis that has moved while the old one still answers. */
  private static final Duration MAX_CONNECTION_AGE = Duration.ofSeconds(1);

  /** With 500 ms of latency each way, a new connection and the replies of a poll take 2 s. */
  private static final BigDecimal MAX_AGE = BigDecimal.valueOf(3);

  /** A smaller step back changes the distance of two samples by less than a tenth. */
  private static final BigDecimal MAX_STEP_BACK = new BigDecimal("0.1");

  private final String name;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Redis redis;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  private final List<Sample> samples = new ArrayList<>();
  private long sampledAt; // by the monotonic clock, like readAt
  private Sample latest; // null while Redis is away
  private long readAt;
  private String error = "Redis has not answered yet: try again";

  /**
   * @param clock the time of day, which somebody may set
   * @param nanoTime the monotonic clock, which nobody can set
   */
  Progress(URI url, InstantSource clock, LongSupplier nanoTime) {
    name = Redis.name(url);
    this.clock = clock;
    this.nanoTime = nanoTime;
    redis = new Redis(url, MAX_CONNECTION_AGE);
  }

  /**
   * @param coins the number of coins in {@code wallet}
   * @param hashes the value of {@code hashes}, 0 if it is absent
   * @param now seconds since the epoch
   */
  record Counts(long coins, long hashes, BigDecimal now) {}

  /**
   * @param coins as in {@link Counts}
   * @param hashes as in {@link Counts}
   * @param now as in {@link Counts}
   * @param changed when {@code hashes} changed to its value, in seconds since the epoch, at most
   *     250 ms late; null if it has not changed since the start, or since Redis was away
   */
  record Sample(long coins, long hashes, BigDecimal now, BigDecimal changed) {

    Sample moved(BigDecimal seconds) {
      return new Sample(
          coins, hashes, now.add(seconds), changed == null ? null : changed.add(seconds));
    }
  }

  /**
   * @param samples one a second, the oldest first
   * @param error why Redis is away now, or null
   */
  record History(List<Sample> samples, String error) {}

  void start() {
    poller.execute(this::poll);
  }

  void stop() {
    poller.shutdownNow();
    redis.close();
  }

  /** Polls at whole quarters of a second, so that the samples stay a second apart. */
  private void poll() {
    read();
    long untilNext = POLL_INTERVAL_MS - clock.millis() % POLL_INTERVAL_MS;
    poller.schedule(this::poll, untilNext, TimeUnit.MILLISECONDS);
  }

  /** Reads Redis once. */
  void read() {
    try {
      redis.send(
          connection -> {
            Pipeline poll = connection.pipelined();
            Response<Long> coins = poll.hlen("wallet");
            Response<String> hashes = poll.get("hashes");
            poll.sync();
            add(coins.get(), hashes.get() == null ? 0 : number(hashes.get()));
            return null;
          });
    } catch (IOException e) {
      fail("%s: %s".formatted(name, e.getMessage()));
    }
  }

  private static long number(String hashes) {
    try {
      return Long.parseLong(hashes);
    } catch (NumberFormatException e) {
      throw new IllegalStateException(
          "hashes is \"%s\", which is not a number: delete it".formatted(hashes));
    }
  }

  private synchronized void add(long coins, long hashes) {
    readAt = nanoTime.getAsLong();
    var now = BigDecimal.valueOf(clock.millis(), 3);
    BigDecimal sinceSample = seconds(readAt - sampledAt);
    if (!samples.isEmpty()) {
      moveSamples(now.subtract(samples.getLast().now).subtract(sinceSample));
    }
    BigDecimal changed = latest == null ? null : hashes == latest.hashes ? latest.changed : now;
    latest = new Sample(coins, hashes, now, changed);
    error = null;
    if (samples.isEmpty() || sinceSample.compareTo(SAMPLE_INTERVAL) >= 0) {
      if (samples.size() == MAX_SAMPLES) {
        samples.removeFirst();
      }
      samples.add(latest);
      sampledAt = readAt;
    }
  }

  /**
   * Moves the samples with the clock if it was set back, so that the distances between them stay
   * true. A step forward leaves a gap, because a computer that wakes up sees the same step, and its
   * workers have slept, too.
   */
  private void moveSamples(BigDecimal clockStep) {
    if (clockStep.compareTo(MAX_STEP_BACK.negate()) < 0) {
      samples.replaceAll(sample -> sample.moved(clockStep));
      latest = latest == null ? null : latest.moved(clockStep);
    }
  }

  private static BigDecimal seconds(long nanos) {
    return BigDecimal.valueOf(TimeUnit.NANOSECONDS.toMillis(nanos), 3);
  }

  private synchronized void fail(String reason) {
    latest = null;
    error = reason;
  }

  /**
   * @throws IOException if Redis is away; the message says why
   */
  synchronized Counts counts() throws IOException {
    String problem = problem();
    if (problem != null) {
      throw new IOException(problem);
    }
    return new Counts(latest.coins, latest.hashes, latest.now);
  }

  /**
   * Returns the samples after one that the client has.
   *
   * @param after the {@code now} of that sample. If there is no such sample, because it is too old
   *     or the clock was set back, all samples are returned.
   */
  synchronized History history(double after) {
    int known = samples.stream().map(sample -> sample.now.doubleValue()).toList().indexOf(after);
    return new History(List.copyOf(samples.subList(known + 1, samples.size())), problem());
  }

  /**
   * Returns the error, or null. A sample that is too old is an error, too, because the poller may
   * hang while it looks up the name.
   */
  private String problem() {
    return latest != null && seconds(nanoTime.getAsLong() - readAt).compareTo(MAX_AGE) > 0
        ? "%s: no answer for %s s".formatted(name, MAX_AGE)
        : error;
  }
}
