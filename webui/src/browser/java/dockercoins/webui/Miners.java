package dockercoins.webui;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.RedisClient;

/**
 * Counts in Redis what workers would, in the past as fast as possible, then live. A worker reports
 * after at least a second: four hashes every 1.2 s, or one a second if there are ten for one rng.
 */
final class Miners implements InstantSource, AutoCloseable {

  private static final double UNIT = 0.3;
  private static final double RNG = 0.1;

  private final RedisClient redis;
  private final ScheduledExecutorService live = Executors.newSingleThreadScheduledExecutor();
  private Instant past; // null when the time is the real one
  private int workers;
  private Instant scaled;
  private long before; // hashes when it was scaled

  Miners(RedisClient redis) {
    this.redis = redis;
  }

  @Override
  public Instant instant() {
    return past == null ? Instant.now() : past;
  }

  /** Has the progress read what so many workers do in each of the last minutes, then goes on. */
  void mine(Progress progress, int... workersInEachMinute) {
    past = Instant.now().minus(Duration.ofMinutes(workersInEachMinute.length));
    for (int workers : workersInEachMinute) {
      if (workers != this.workers) {
        scale(workers);
      }
      for (Instant end = past.plusSeconds(60); past.isBefore(end); past = past.plusMillis(250)) {
        report();
        progress.read();
      }
    }
    past = null;
    live.scheduleWithFixedDelay(this::tryToReport, 0, 5, TimeUnit.MILLISECONDS);
  }

  synchronized void scale(int workers) {
    before = mined();
    scaled = instant();
    this.workers = workers;
  }

  private long mined() {
    if (workers == 0) {
      return before;
    }
    double unit = Math.max(UNIT, workers * RNG);
    long units = (long) Math.ceil(1 / unit);
    double reports = Duration.between(scaled, instant()).toMillis() / 1000.0 / (units * unit);
    long mined = before;
    for (int worker = 0; worker < workers; worker++) {
      mined += units * (long) (reports + (double) worker / workers);
    }
    return mined;
  }

  private synchronized void report() {
    long hashes = mined();
    redis.set("hashes", "" + hashes);
    for (long coin = redis.hlen("wallet"); coin < hashes / 16; coin++) {
      redis.hset("wallet", "" + coin, "");
    }
  }

  private void tryToReport() {
    try {
      report();
    } catch (RuntimeException e) {
      // Redis is away: all is in the next report
    }
  }

  @Override
  public void close() {
    live.shutdownNow();
  }
}
