package dockercoins.worker;

import java.time.Duration;

/** The clock of the mining loop. Tests use a fake clock, so that they need not wait. */
interface Time {

  /**
   * Nanoseconds since an arbitrary moment. Unlike the time of day, this clock is never set back.
   */
  long nanos();

  void sleep(Duration duration) throws InterruptedException;

  Time SYSTEM =
      new Time() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
          Thread.sleep(duration);
        }
      };
}
