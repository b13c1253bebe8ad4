package dockercoins.worker;

import java.time.Duration;

/** The clock and the sleeper of the mining loop, so that its tests need not wait. */
interface Time {

  /** Nanoseconds since some moment; unlike the time of day, it is never set back. */
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
