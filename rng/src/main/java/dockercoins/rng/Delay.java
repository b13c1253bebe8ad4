package dockercoins.rng;

import java.time.Duration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.NanoTime;

/**
 * The simulated delay. What the server itself takes to answer is a part of it, and is learnt from
 * the answers before: a millisecond on top of each would be a hundredth of the speed that the
 * workshop predicts.
 */
final class Delay {

  private static final long MOST = Duration.ofMillis(20).toNanos();

  private final long delay;
  private volatile long early;

  Delay(int milliseconds) {
    delay = Duration.ofMillis(milliseconds).toNanos();
  }

  /**
   * Sleeps until it is time to answer a request whose turn came at {@code turn}, in nanoseconds.
   */
  void before(Request request, long turn) throws InterruptedException {
    Request.addCompletionListener(request, failure -> learn(NanoTime.since(turn) - delay));
    Thread.sleep(Duration.ofNanos(delay - early - NanoTime.since(turn)));
  }

  private void learn(long late) {
    if (late < MOST) { // a slow client is not the server
      early = Math.clamp(early + late / 8, 0, Math.min(delay, MOST));
    }
  }
}
