package dockercoins.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Repeats a request to one service until it succeeds, with exponential back-off. */
final class Retry {

  private static final long FIRST_BACK_OFF_MS = 100;

  private final String service;
  private final BooleanSupplier stopping;
  private final Time time;
  private final Consumer<String> log;

  Retry(String service, BooleanSupplier stopping, Time time, Consumer<String> log) {
    this.service = service;
    this.stopping = stopping;
    this.time = time;
    this.log = log;
  }

  interface Attempt<T> {
    T make() throws IOException;
  }

  /**
   * Makes attempts until one succeeds, and returns its result. Unexpected exceptions count as
   * failures, too, because no failure may end the mining.
   *
   * @throws InterruptedException if an attempt fails after a stop, or if a back-off is interrupted
   */
  <T> T retry(Attempt<T> attempt) throws InterruptedException {
    long start = time.nanos();
    for (int failures = 0; ; failures++) {
      long attemptStart = time.nanos();
      try {
        return attempt.make();
      } catch (IOException | RuntimeException e) {
        if (stopping.getAsBoolean()) {
          throw new InterruptedException();
        }
        long now = time.nanos();
        long backOff = backOff(failures, Duration.ofNanos(now - start)).toNanos();
        Duration left = Duration.ofNanos(Math.max(0, backOff - (now - attemptStart)));
        logFailure(e, "in %.1f s".formatted(left.toMillis() / 1000.0));
        time.sleep(left);
      }
    }
  }

  void logFailure(Exception e, String when) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    log.accept("%s failed (%s), trying again %s".formatted(service, reason, when));
  }

  /**
   * The time from the start of an attempt to the start of the next. It is 100 ms, doubled by each
   * failure. Its limit is a twentieth of the time that the service has been away, so that the
   * worker soon notices that the service is back, but at least 1 s and at most 10 s. A random
   * factor from 0.5 to 1 keeps the workers from trying again all at once.
   */
  static Duration backOff(int failures, Duration away) {
    long doubled = FIRST_BACK_OFF_MS << Math.min(failures, 10);
    long max = Math.min(doubled, Math.clamp(away.toMillis() / 20, 1000, 10_000));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(max / 2, max + 1));
  }
}
