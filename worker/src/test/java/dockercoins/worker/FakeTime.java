package dockercoins.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A clock that moves only when the code sleeps, or when a fake service takes time. */
final class FakeTime implements Time {

  final List<Duration> sleeps = new ArrayList<>();
  Runnable onSleep = () -> {};
  private long nanos = -1; // System.nanoTime() may be negative, too

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    sleeps.add(duration);
    onSleep.run();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    pass(duration);
  }

  void pass(Duration duration) {
    nanos += duration.toNanos();
  }

  long ms() {
    return Duration.ofNanos(nanos + 1).toMillis();
  }
}
