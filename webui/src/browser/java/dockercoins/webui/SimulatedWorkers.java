package dockercoins.webui;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.RedisClient;

/**
 * Counts in Redis as workers do: first the last minutes, as fast as possible, then in real time. A
 * worker reports after at least a second: four hashes every 1.2 s, or one a second if ten workers
 * share one rng.
 */
final class SimulatedWorkers implements InstantSource, AutoCloseable {

  private static final double UNIT_SECONDS = 0.3;
  private static final double RNG_SECONDS = 0.1;

  private final RedisClient redis;
  private final ScheduledExecutorService reporter = Executors.newSingleThreadScheduledExecutor();
  private Instant simulatedTime; // null in real time
  private int workers;
  private Instant scaledAt;
  private long hashesWhenScaled;

  SimulatedWorkers(RedisClient redis) {
    this.redis = redis;
  }

  @Override
  public Instant instant() {
    return simulatedTime == null ? Instant.now() : simulatedTime;
  }

  /** A monotonic clock, because nobody sets the clock here. */
  long nanoTime() {
    return TimeUnit.MILLISECONDS.toNanos(millis());
  }

  /** Simulates the last minutes, with the given workers in each, and then works in real time. */
  void work(Progress progress, int... workersInEachMinute) {
    simulatedTime = Instant.now().minus(Duration.ofMinutes(workersInEachMinute.length));
    for (int workers : workersInEachMinute) {
      if (workers != this.workers) {
        scale(workers);
      }
      Instant end = simulatedTime.plusSeconds(60);
      for (; simulatedTime.isBefore(end); simulatedTime = simulatedTime.plusMillis(250)) {
        report();
        progress.read();
      }
    }
    simulatedTime = null;
    reporter.scheduleWithFixedDelay(this::tryToReport, 0, 5, TimeUnit.MILLISECONDS);
  }

  synchronized void scale(int workers) {
    hashesWhenScaled = hashes();
    scaledAt = instant();
    this.workers = workers;
  }

  private long hashes() {
    if (workers == 0) {
      return hashesWhenScaled;
    }
    double unit = Math.max(UNIT_SECONDS, workers * RNG_SECONDS);
    long unitsPerReport = (long) Math.ceil(1 / unit);
    double reports =
        Duration.between(scaledAt, instant()).toMillis() / 1000.0 / (unitsPerReport * unit);
    long hashes = hashesWhenScaled;
    for (int worker = 0; worker < workers; worker++) {
      hashes += unitsPerReport * (long) (reports + (double) worker / workers);
    }
    return hashes;
  }

  private synchronized void report() {
    long hashes = hashes();
    redis.set("hashes", "" + hashes);
    for (long coin = redis.hlen("wallet"); coin < hashes / 16; coin++) {
      redis.hset("wallet", "" + coin, "");
    }
  }

  private void tryToReport() {
    try {
      report();
    } catch (RuntimeException e) {
      // Redis is away. The next report will contain these hashes, too.
    }
  }

  @Override
  public void close() {
    reporter.shutdownNow();
  }
}
