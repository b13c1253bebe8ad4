package dockercoins.hasher;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The simulated delay. It includes the time that the server itself needs, because one millisecond
 * on top of 100 would make the speeds of the workshop wrong by one percent. The delay learns from
 * earlier answers how much earlier it has to end.
 */
final class Delay {

  /** A later answer counts only as this late, because its client may be slow. */
  private static final long MAX_LATE = Duration.ofMillis(2).toNanos();

  private final long delay;
  private final LongSupplier clock;
  private volatile long early;
  private long learnt;

  Delay(int milliseconds) {
    this(milliseconds, System::nanoTime);
  }

  /**
   * @param clock gives the time in {@link System#nanoTime} nanoseconds
   */
  Delay(int milliseconds, LongSupplier clock) {
    delay = Duration.ofMillis(milliseconds).toNanos();
    this.clock = clock;
    learnt = clock.getAsLong();
  }

  /**
   * Sleeps until it is time to answer.
   *
   * @param start when the delay began
   */
  void sleep(long start) throws InterruptedException {
    Thread.sleep(Duration.ofNanos(remaining(start)));
  }

  long remaining(long start) {
    return delay - early - (clock.getAsLong() - start);
  }

  /**
   * Learns from an answer that has just been sent. Of the answers that are in flight together, only
   * the first one counts, because all of them have the same error.
   */
  synchronized void learn(long start) {
    long now = clock.getAsLong();
    if (start - learnt >= 0) {
      long late = now - start - delay;
      // Early answers let the workers exceed the speed of the workshop, so they count more.
      long correction = late < 0 ? late / 2 : Math.min(late, MAX_LATE) / 8;
      early = Math.clamp(early + correction, 0, delay / 2);
      learnt = now;
    }
  }
}
