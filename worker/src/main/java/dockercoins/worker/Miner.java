package dockercoins.worker;

import dockercoins.worker.Ledger.Coin;
import dockercoins.worker.Services.Answer;
import java.time.Duration;
import java.util.function.Consumer;

/** The mining loop. Once a second it adds the units of work that it has done to the ledger. */
final class Miner {

  private static final long UPDATE_INTERVAL = Duration.ofSeconds(1).toNanos();

  private final Services services;
  private final Time time;
  private final Consumer<String> log;
  private final boolean debug;
  private final Delay delay;
  private final Retry rng;
  private final Retry hasher;
  private final Accounts accounts;
  private volatile boolean stopping;

  Miner(Settings settings, Services services, Ledger ledger, Time time, Consumer<String> log) {
    this.services = services;
    this.time = time;
    this.log = log;
    debug = settings.debug();
    delay = new Delay(settings.delayMs(), time);
    rng = retry(settings.rngName());
    hasher = retry(settings.hasherName());
    accounts = new Accounts(ledger, retry(settings.redisName()), time, log);
  }

  private Retry retry(String service) {
    return new Retry(service, () -> stopping, time, log);
  }

  /** Mines until {@link #stop}, whatever fails. */
  void run() {
    try {
      long update = time.nanos();
      while (!stopping) {
        if (time.nanos() - update >= 0) {
          accounts.updateCounter();
          update = time.nanos() + UPDATE_INTERVAL;
        }
        mineOnce();
      }
    } catch (InterruptedException e) {
      // only a stop interrupts
    }
  }

  /**
   * One unit of work: wait, get random bytes, have them hashed. A hash that starts with 0 is a
   * coin.
   */
  private void mineOnce() throws InterruptedException {
    debug("Doing one unit of work");
    delay.sleep();
    Answer<byte[]> bytes = rng.retry(services::randomBytes);
    Answer<String> hash = hasher.retry(() -> services.hash(bytes.value()));
    delay.endUnit(bytes.waited().plus(hash.waited()));
    accounts.countUnit();
    if (hash.value().startsWith("0")) {
      log.accept("Coin found: %s...".formatted(hash.value().substring(0, 8)));
      accounts.add(new Coin(hash.value(), bytes.value()));
    } else {
      debug("No coin found");
    }
  }

  private void debug(String line) {
    if (debug) {
      log.accept(line);
    }
  }

  /** From now on, {@link #run} returns after the unit in hand, or at a failure or an interrupt. */
  void stop() {
    stopping = true;
  }

  /** See {@link Accounts#settle}. */
  void settle() {
    accounts.settle();
  }

  /** See {@link Accounts#unsettled}. */
  String unsettled() {
    return accounts.unsettled();
  }
}
