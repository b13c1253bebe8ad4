package dockercoins.worker;

import dockercoins.worker.Ledger.Coin;
import dockercoins.worker.Ledger.Count;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The mining loop. A unit of work: wait, get random bytes, have them hashed; a hash that begins
 * with 0 is a coin. Once a second the units done are added to the ledger.
 */
final class Miner {

  private static final long UPDATE_INTERVAL = Duration.ofSeconds(1).toNanos();
  private static final Duration FIRST_BACK_OFF = Duration.ofMillis(100);

  private final Settings settings;
  private final Services services;
  private final Ledger ledger;
  private final Time time;
  private final Consumer<String> log;
  private final Delay delay;

  // What is not in the ledger yet. After a stop, another thread may settle it.
  private volatile Count count = new Count(1, 0);
  private volatile Count announced;
  private volatile Coin coin;
  private volatile boolean stopping;

  Miner(Settings settings, Services services, Ledger ledger, Time time, Consumer<String> log) {
    this.settings = settings;
    this.services = services;
    this.ledger = ledger;
    this.time = time;
    this.log = log;
    delay = new Delay(settings.delayMs());
  }

  /** Mines until {@link #stop}, whatever fails. */
  void run() {
    try {
      long start = time.nanos();
      long update = start;
      while (!stopping) {
        if (time.nanos() - update >= 0) {
          updateCounter();
          update = time.nanos() + UPDATE_INTERVAL;
        }
        start = workOnce(start);
      }
    } catch (InterruptedException e) {
      // only a stop interrupts
    }
  }

  /** From now on, a failure or an interrupt makes {@link #run} return. */
  void stop() {
    stopping = true;
  }

  /** After a {@link #stop}: puts what is left into the ledger, and tries until it is there. */
  void settle() {
    announceUpdate();
    for (boolean said = false; coin != null || count.units() > 0; said = true) {
      try {
        Coin left = coin;
        if (left != null) {
          ledger.put(left);
          coin = null;
        }
        add();
      } catch (RuntimeException e) {
        if (!said) {
          log.accept(
              "%s failed (%s), trying again until the stop"
                  .formatted(settings.redisName(), reason(e)));
        }
        try {
          time.sleep(FIRST_BACK_OFF);
        } catch (InterruptedException nobodyDoes) {
          return;
        }
      }
    }
  }

  /** What is lost if the process ends now. */
  String unsettled() {
    return "%d units of work and %d coins".formatted(count.units(), coin == null ? 0 : 1);
  }

  private void updateCounter() throws InterruptedException {
    announceUpdate();
    insist(
        settings.redisName(),
        () -> {
          add();
          return null;
        });
  }

  /** Once for each count, so that the log adds up to what is in the ledger. */
  private void announceUpdate() {
    if (announced != count) {
      announced = count;
      log.accept("%d units of work done, updating hash counter".formatted(announced.units()));
    }
  }

  private void add() {
    Count added = count;
    ledger.add(added);
    count = new Count(added.sequence() + 1, 0);
  }

  /**
   * @return when the hash was there: to store a coin is part of the delay of the next unit
   */
  private long workOnce(long start) throws InterruptedException {
    debug("Doing one unit of work");
    time.sleep(delay.left(time.nanos() - start));
    byte[] bytes = insist(settings.rngName(), services::randomBytes);
    String hash = insist(settings.hasherName(), () -> services.hash(bytes));
    long end = time.nanos();
    delay.learn(end - start - services.waited().toNanos());
    count = new Count(count.sequence(), count.units() + 1);
    if (!hash.startsWith("0")) {
      debug("No coin found");
      return end;
    }
    log.accept("Coin found: %s...".formatted(hash.substring(0, 8)));
    coin = new Coin(hash, bytes);
    if (!insist(settings.redisName(), () -> ledger.put(coin))) {
      log.accept("We already had that coin");
    }
    coin = null;
    return end;
  }

  private void debug(String line) {
    if (settings.debug()) {
      log.accept(line);
    }
  }

  private interface Attempt<T> {
    T make() throws IOException;
  }

  private <T> T insist(String service, Attempt<T> attempt) throws InterruptedException {
    long start = time.nanos();
    for (int failures = 0; ; failures++) {
      long attempted = time.nanos();
      try {
        return attempt.make();
      } catch (IOException | RuntimeException e) { // whatever it is, the loop goes on
        if (stopping) {
          throw new InterruptedException();
        }
        long now = time.nanos();
        long backOff = backOff(failures, Duration.ofNanos(now - start)).toNanos();
        Duration delay = Duration.ofNanos(Math.max(0, backOff - (now - attempted)));
        log.accept(
            "%s failed (%s), trying again in %.1f s"
                .formatted(service, reason(e), delay.toMillis() / 1000.0));
        time.sleep(delay);
      }
    }
  }

  /**
   * From one attempt to the next: 100 ms, doubled by each failure, but no longer than a second or a
   * twentieth of the time that the service has been away, so that a recovery is not slept through,
   * and 10 s at most; of that, a random part from a half to all.
   */
  static Duration backOff(int failures, Duration away) {
    long doubled = FIRST_BACK_OFF.toMillis() << Math.min(failures, 10);
    long most = Math.min(doubled, Math.clamp(away.toMillis() / 20, 1000, 10_000));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }

  /**
   * The message of the root cause, which Jedis may have put among the suppressed. That of an end of
   * file would tell of OkHttp's buffers.
   */
  private static String reason(Throwable e) {
    if (e.getCause() != null && !(e.getCause() instanceof EOFException)) {
      return reason(e.getCause());
    }
    if (e instanceof JedisException && e.getSuppressed().length > 0) {
      return reason(e.getSuppressed()[0]);
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
