package dockercoins.worker;

import java.time.Duration;

/**
 * The simulated delay at the beginning of a unit of work. What the worker does besides waiting for
 * answers is a part of it, so that a unit takes three delays: what Redis took before is taken off,
 * and what name look-ups and connections will take is learnt from the units before.
 */
final class Delay {

  private final long delay;
  private long early;

  Delay(int milliseconds) {
    delay = Duration.ofMillis(milliseconds).toNanos();
  }

  /** What is left of the delay when that many nanoseconds of the unit are over. */
  Duration left(long elapsed) {
    return Duration.ofNanos(Math.max(0, delay - early - elapsed));
  }

  /** A unit took that many nanoseconds, answers apart. */
  void learn(long took) {
    long late = took - delay;
    if (late < delay / 5) { // else something was away
      early = Math.clamp(early + late / 8, 0, delay);
    }
  }
}
