package dockercoins.webui;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * The progress of the workers. A background thread polls Redis four times a second. Requests are
 * answered from memory, however many pages ask.
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

  private final String name;
  private final InstantSource clock;
  private final Redis redis;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  private final Deque<Sample> samples = new ArrayDeque<>();
  private Sample latest; // null while Redis is away
  private String error = "Redis has not answered yet: try again";

  Progress(URI url, InstantSource clock) {
    name = Redis.name(url);
    this.clock = clock;
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
  record Sample(long coins, long hashes, BigDecimal now, BigDecimal changed) {}

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
    var now = BigDecimal.valueOf(clock.millis(), 3);
    if (!samples.isEmpty() && now.compareTo(samples.getLast().now) < 0) { // the clock was set back
      latest = null;
      samples.clear();
    }
    BigDecimal changed = latest == null ? null : hashes == latest.hashes ? latest.changed : now;
    latest = new Sample(coins, hashes, now, changed);
    error = null;
    if (samples.isEmpty() || now.subtract(samples.getLast().now).compareTo(SAMPLE_INTERVAL) >= 0) {
      if (samples.size() == MAX_SAMPLES) {
        samples.removeFirst();
      }
      samples.add(latest);
    }
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
   * Returns the samples after a moment, in seconds since the epoch. If the moment is later than the
   * last sample, it is from another clock, and all samples are returned.
   */
  synchronized History history(double after) {
    boolean all = samples.isEmpty() || samples.getLast().now.doubleValue() < after;
    return new History(
        samples.stream().filter(s -> all || s.now.doubleValue() > after).toList(), problem());
  }

  /**
   * Returns the error, or null. A sample that is too old is an error, too, because the poller may
   * hang while it looks up the name.
   */
  private String problem() {
    var now = BigDecimal.valueOf(clock.millis(), 3);
    return latest != null && now.subtract(latest.now).compareTo(MAX_AGE) > 0
        ? "%s: no answer for %s s".formatted(name, MAX_AGE)
        : error;
  }
}
