package dockercoins.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A clock that moves only when somebody sleeps, or when a fake service takes its time. */
final class FakeTime implements Time {

  final List<Duration> sleeps = new ArrayList<>();
  private long nanos = -1; // System.nanoTime() may be negative, too

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public void sleep(Duration duration) {
    sleeps.add(duration);
    pass(duration);
  }

  void pass(Duration duration) {
    nanos += duration.toNanos();
  }

  long ms() {
    return Duration.ofNanos(nanos + 1).toMillis();
  }
}
