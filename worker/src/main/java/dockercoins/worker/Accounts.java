package dockercoins.worker;

import dockercoins.worker.Ledger.Coin;
import dockercoins.worker.Ledger.Count;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** Keeps units of work and coins until the ledger has them, so that a failure loses none. */
final class Accounts {

  private static final Duration RETRY_INTERVAL = Duration.ofMillis(100);

  private final Ledger ledger;
  private final Retry redis;
  private final Time time;
  private final Consumer<String> log;

  // These are volatile because another thread calls settle().
  private volatile Count count = new Count(1, 0);
  private volatile Coin coin;
  private volatile Count announced;

  Accounts(Ledger ledger, Retry redis, Time time, Consumer<String> log) {
    this.ledger = ledger;
    this.redis = redis;
    this.time = time;
    this.log = log;
  }

  void countUnit() {
    count = new Count(count.sequence(), count.units() + 1);
  }

  void updateCounter() throws InterruptedException {
    announceUpdate();
    redis.retry(
        () -> {
          addCount();
          return null;
        });
  }

  void add(Coin found) throws InterruptedException {
    coin = found;
    if (!redis.retry(() -> ledger.put(found))) {
      log.accept("We already had that coin");
    }
    coin = null;
  }

  /** Called after a stop. Stores what is left, and tries until it succeeds. */
  void settle() {
    announceUpdate();
    for (boolean logged = false; coin != null || count.units() > 0; logged = true) {
      try {
        Coin left = coin;
        if (left != null) {
          ledger.put(left);
          coin = null;
        }
        addCount();
      } catch (IOException | RuntimeException e) {
        if (!logged) {
          redis.logFailure(e, "until the stop");
        }
        try {
          time.sleep(RETRY_INTERVAL);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  /** What is lost if the process ends now. */
  String unsettled() {
    return "%d units of work and %d coins".formatted(count.units(), coin == null ? 0 : 1);
  }

  /** Logs each count once, so that the numbers in the log add up to the number in the ledger. */
  private void announceUpdate() {
    if (announced != count) {
      announced = count;
      log.accept("%d units of work done, updating hash counter".formatted(announced.units()));
    }
  }

  private void addCount() throws IOException {
    Count added = count;
    ledger.add(added);
    count = new Count(added.sequence() + 1, 0);
  }
}
