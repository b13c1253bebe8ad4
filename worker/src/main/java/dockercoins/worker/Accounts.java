package dockercoins.worker;

import dockercoins.worker.Ledger.Coin;
import dockercoins.worker.Ledger.Count;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Keeps units of work and coins until the ledger has stored them, so that a failure loses none.
 * Only the mining thread may change them. Other threads may call {@link #unsettled}.
 */
final class Accounts {

  private static final Duration RETRY_INTERVAL = Duration.ofMillis(100);

  private final Ledger ledger;
  private final Retry redis;
  private final Time time;
  private final Consumer<String> log;

  private volatile Count count = new Count(1, 0);
  private volatile Coin coin;
  private Count announced;

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

  /** Stores what is left after a stop. Tries again until it succeeds, and ignores interrupts. */
  void settle() {
    announceUpdate();
    for (boolean logged = false; coin != null || count.units() > 0; logged = true) {
      try {
        if (coin != null) {
          ledger.put(coin);
          coin = null;
        }
        addCount();
      } catch (IOException | RuntimeException e) {
        if (!logged) {
          redis.logFailure(e, "until the process ends");
        }
        pause();
      }
    }
  }

  private void pause() {
    try {
      time.sleep(RETRY_INTERVAL);
    } catch (InterruptedException e) {
      // The interrupt that ended the mining may arrive as late as this.
    }
  }

  /** Describes the units and coins that are lost if the process ends now. */
  String unsettled() {
    long units = count.units();
    return "%d unit%s of work and %s"
        .formatted(units, units == 1 ? "" : "s", coin == null ? "0 coins" : "1 coin");
  }

  /** Logs each count once, so that the numbers in the log add up to the number in the ledger. */
  private void announceUpdate() {
    if (announced != count) {
      announced = count;
      log.accept("%d units of work done, updating hash counter".formatted(announced.units()));
    }
  }

  private void addCount() throws IOException {
    ledger.add(count);
    count = new Count(count.sequence() + 1, 0);
  }
}
