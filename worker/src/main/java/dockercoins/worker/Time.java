package dockercoins.worker;

import java.time.Duration;

/** The clock of the mining loop. Tests use a clock of their own, so that they need not wait. */
interface Time {

  /** Nanoseconds since some moment. Unlike the time of day, it is never set back. */
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
