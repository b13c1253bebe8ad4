package dockercoins.webui;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/**
 * How far the miners are. Redis is read four times a second, whoever asks; those who ask get what
 * was read last, without waiting.
 */
final class Progress {

  private static final int EVERY_MS = 250;
  private static final int TIMEOUT_MS = 1500; // so that an outage shows within 2 s
  private static final int KEPT = 310; // a second each: five minutes, and the first mean of 10 s
  private static final BigDecimal ABOUT_A_SECOND = new BigDecimal("0.9");

  /** With 500 ms of latency each way, the two replies of a reading take 2 s. */
  private static final BigDecimal OUTDATED = BigDecimal.valueOf(3);

  private final String name;
  private final InstantSource clock;
  private final RedisClient redis;
  private final ScheduledExecutorService reader =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  private final Deque<Sample> samples = new ArrayDeque<>();
  private Sample latest; // null while Redis is away
  private String error = "Redis was not asked yet: try again";

  Progress(URI url, InstantSource clock) {
    name = url.getHost() + ":" + url.getPort();
    this.clock = clock;
    var config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(TIMEOUT_MS)
            .socketTimeoutMillis(TIMEOUT_MS)
            .build();
    var pool = new ConnectionPoolConfig();
    pool.setJmxEnabled(false);
    redis = RedisClient.builder().clientConfig(config).fromURI(url).poolConfig(pool).build();
  }

  /**
   * @param coins in {@code wallet}
   * @param hashes counted in {@code hashes}, 0 if it is absent
   * @param now seconds since the epoch
   */
  record Counts(long coins, long hashes, BigDecimal now) {}

  /**
   * @param coins as in {@link Counts}
   * @param hashes as in {@link Counts}
   * @param now as in {@link Counts}
   * @param changed when {@code hashes} was first seen to be what it is, in seconds since the epoch,
   *     at most 250 ms late; null if that is not known: since the start, or since Redis was away,
   *     it has not changed
   */
  record Sample(long coins, long hashes, BigDecimal now, BigDecimal changed) {}

  /**
   * @param samples one a second, the oldest first
   * @param error what is wrong with Redis at the moment, or null
   */
  record History(List<Sample> samples, String error) {}

  void start() {
    reader.execute(this::readOnAndOn);
  }

  void stop() {
    reader.shutdownNow();
    redis.close();
  }

  /** At whole quarters of a second, so that a page that asks once a second sees regular steps. */
  private void readOnAndOn() {
    read();
    long untilNext = EVERY_MS - clock.millis() % EVERY_MS;
    reader.schedule(this::readOnAndOn, untilNext, TimeUnit.MILLISECONDS);
  }

  /** Reads Redis once. */
  void read() {
    try {
      long coins = redis.hlen("wallet");
      String hashes = redis.get("hashes");
      add(coins, hashes == null ? 0 : number(hashes));
    } catch (RuntimeException e) {
      fail("%s: %s".formatted(name, reason(e)));
    }
  }

  private static long number(String hashes) {
    try {
      return Long.parseLong(hashes);
    } catch (NumberFormatException e) {
      throw new IllegalStateException("hashes is \"%s\", which is no number".formatted(hashes));
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
    if (samples.isEmpty() || now.subtract(samples.getLast().now).compareTo(ABOUT_A_SECOND) >= 0) {
      if (samples.size() == KEPT) {
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
   * @throws IOException with one sentence that says what is wrong with Redis
   */
  synchronized Counts counts() throws IOException {
    String wrong = wrong();
    if (wrong != null) {
      throw new IOException(wrong);
    }
    return new Counts(latest.coins, latest.hashes, latest.now);
  }

  /**
   * The samples after a moment, in seconds since the epoch; all of them if the moment is later than
   * the last, because whoever asks has then seen another clock.
   */
  synchronized History history(double after) {
    boolean all = samples.isEmpty() || samples.getLast().now.doubleValue() < after;
    return new History(
        samples.stream().filter(s -> all || s.now.doubleValue() > after).toList(), wrong());
  }

  /** The reader itself may hang, in the look-up of a name. */
  private String wrong() {
    var now = BigDecimal.valueOf(clock.millis(), 3);
    return latest != null && now.subtract(latest.now).compareTo(OUTDATED) > 0
        ? "%s: no answer for %s s".formatted(name, OUTDATED)
        : error;
  }

  /** The message of the root cause, which Jedis may have put among the suppressed. */
  private static String reason(Throwable e) {
    while (e.getCause() != null) {
      e = e.getCause();
    }
    if (e.getSuppressed().length > 0) {
      e = e.getSuppressed()[0];
    }
    return e instanceof SocketTimeoutException
        ? "no answer within %d ms".formatted(TIMEOUT_MS)
        : e.getMessage();
  }
}
