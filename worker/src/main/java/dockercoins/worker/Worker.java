package dockercoins.worker;

import java.security.Security;
import java.time.Duration;

/** The worker: mines until it gets a SIGTERM. */
public final class Worker {

  /** How long a stop waits for a Redis that is away; Docker waits 10 s before it kills. */
  private static final Duration SETTLE = Duration.ofSeconds(8);

  public static void main(String[] args) {
    // Java would keep addresses for 30 s, and failed look-ups for 10.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    Settings settings = settings();
    var services = new HttpServices(settings);
    var ledger = new RedisLedger(settings.redisUrl());
    var miner = new Miner(settings, services, ledger, Time.SYSTEM, System.out::println);
    Thread mining = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(miner, services, settings, mining)));
    miner.run();
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

  /** Well within a second, if Redis answers. */
  private static void stop(Miner miner, HttpServices services, Settings settings, Thread mining) {
    miner.stop();
    services.cancel();
    mining.interrupt();
    try {
      // Longer only in a name look-up or at a Redis that hangs, which nothing ends.
      mining.join(Duration.ofMillis(200));
      // Not a virtual thread: the JVM waits 300 ms for the poller that these need.
      if (!Thread.ofPlatform().start(miner::settle).join(SETTLE)) {
        System.out.printf("%s did not take %s: lost%n", settings.redisName(), miner.unsettled());
      }
    } catch (InterruptedException e) {
      System.out.println("Interrupted while stopping");
    }
  }
}
