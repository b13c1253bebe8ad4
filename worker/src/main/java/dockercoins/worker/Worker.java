package dockercoins.worker;

import java.security.Security;
import java.time.Duration;

/** The worker: mines until it gets a SIGTERM. */
public final class Worker {

  /** A longer stop logs what may be lost. By default, Docker kills the process after 10 s. */
  private static final Duration WARN_AFTER = Duration.ofSeconds(8);

  public static void main(String[] args) {
    // By default, Java caches addresses for 30 s, and failed look-ups for 10 s.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    Settings settings = settings();
    var services = new HttpServices(settings);
    var ledger = new RedisLedger(settings.redisUrl());
    var miner = new Miner(settings, services, ledger, Time.SYSTEM, System.out::println);
    Thread mining = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(miner, services, settings, mining)));
    miner.run();
    miner.settle();
  }

  private static Settings settings() {
    try {
      return Settings.of(System.getenv());
    } catch (IllegalArgumentException e) {
      System.err.println("worker: " + e.getMessage());
      System.exit(1);
      throw e;
    }
  }

  /**
   * Ends the loop and waits until the mining thread has stored what is left. This takes well under
   * a second if Redis answers. If Redis is away, the stop waits until Redis is back or the process
   * is killed, because after a network failure, the nodes of a swarm may need 20 s to find each
   * other again.
   */
  private static void stop(Miner miner, HttpServices services, Settings settings, Thread mining) {
    miner.stop();
    mining.interrupt(); // first, so that a request which begins after cancel() fails, too
    services.cancel();
    try {
      if (!mining.join(WARN_AFTER)) {
        System.out.printf(
            "%s is still away: %s are lost if the process is killed now%n",
            settings.redisName(), miner.unsettled());
        mining.join();
      }
    } catch (InterruptedException e) {
      System.out.println("Interrupted while stopping");
    }
  }
}
