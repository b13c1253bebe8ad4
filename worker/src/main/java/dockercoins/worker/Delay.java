package dockercoins.worker;

import java.time.Duration;

/**
 * The simulated delay at the start of a unit of work. It is shorter by the overhead of the worker,
 * so that a unit takes three delays: this one, that of rng, and that of hasher. The overhead is the
 * time that Redis took since the previous unit, and the time that name look-ups and connections
 * will take, as learnt from earlier units.
 */
final class Delay {

  private final long delay;
  private final Time time;
  private long start;
  private long overhead;
  private long lastLate;

  Delay(int milliseconds, Time time) {
    this.delay = Duration.ofMillis(milliseconds).toNanos();
    this.time = time;
    start = time.nanos();
  }

  void sleep() throws InterruptedException {
    long elapsed = time.nanos() - start;
    time.sleep(Duration.ofNanos(Math.max(0, delay - overhead - elapsed)));
  }

  /**
   * Ends a unit of work and learns from it. The next unit starts now.
   *
   * @param waited how long the unit waited for answers
   */
  void endUnit(Duration waited) {
    long end = time.nanos();
    long late = end - start - waited.toNanos() - delay;
    // A unit that is much later than the one before had a failure, which is no steady overhead.
    long steady = late < delay / 5 ? late : Math.min(late, lastLate);
    if (steady < delay) { // the delay can make up for it
      overhead = Math.clamp(overhead + steady / 8, 0, delay);
    }
    lastLate = late;
    start = end;
  }
}
