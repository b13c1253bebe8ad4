package dockercoins.hasher;

import java.time.Duration;

/**
 * The simulated delay. The server's own work counts as a part of it: one millisecond on top of 100
 * would make the speeds of the workshop wrong by one percent. So the delay learns from the answers
 * how much earlier it has to end.
 */
final class Delay {

  /** An answer that is later than this teaches nothing, because its client was slow. */
  private static final long MAX_LATE = Duration.ofMillis(20).toNanos();

  private final long delay;
  private volatile long early;

  Delay(int milliseconds) {
    delay = Duration.ofMillis(milliseconds).toNanos();
  }

  /**
   * Sleeps until it is time to answer.
   *
   * @param start when the delay began, in {@link System#nanoTime} nanoseconds
   */
  void sleep(long start) throws InterruptedException {
    Thread.sleep(Duration.ofNanos(delay - early - (System.nanoTime() - start)));
  }

  /** Learns from an answer that has just been sent. */
  void learn(long start) {
    long late = System.nanoTime() - start - delay;
    if (late < MAX_LATE) {
      early = Math.clamp(early + late / 8, 0, Math.min(delay, MAX_LATE));
    }
  }
}
