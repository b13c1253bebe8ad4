package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** The loop on a clock that only its own sleeps and the services move. */
class MinerTest {

  private static final String NO_COIN = "1" + "0".repeat(63);
  private static final String COIN = "0123456789abcdef".repeat(4);

  private final List<String> log = new ArrayList<>();
  private final FakeTime time = new FakeTime();
  private final FakeServices services = new FakeServices();
  private final FakeLedger ledger = new FakeLedger();

  private Miner miner = miner(Map.of());

  @Test
  void aUnitOfWorkTakesThreeDelaysAndFourAreCountedEvery1200Ms() {
    run(12);

    assertThat(log)
        .containsExactly(
            "0 units of work done, updating hash counter",
            "4 units of work done, updating hash counter",
            "4 units of work done, updating hash counter");
    assertThat(ledger.updates).containsExactly("0 at 0 ms", "4 at 1200 ms", "4 at 2400 ms");
    assertThat(time.ms()).isEqualTo(3600);
  }

  @Test
  void whatRedisTakesIsTakenOffTheDelay() {
    ledger.takes = Duration.ofMillis(2);
    services.hashes.addAll(List.of(NO_COIN, COIN));
    run(6);

    assertThat(time.sleeps)
        .extracting(Duration::toMillis)
        .containsExactly(98L, 100L, 98L, 100L, 98L, 100L); // count, coin, count
    assertThat(time.ms()).isEqualTo(1800);
  }

  @Test
  void whatLookUpsTakeIsLearntAndTakenOffTheDelay() {
    services.lookUp = Duration.ofMillis(15);
    run(100);

    assertThat(time.sleeps.getFirst()).isEqualTo(Duration.ofMillis(100));
    assertThat(time.sleeps.getLast()).isCloseTo(Duration.ofMillis(85), Duration.ofMillis(1));
  }

  @Test
  void aLookUpThatHangsTeachesNothing() {
    services.lookUp = Duration.ofSeconds(1);
    run(3);

    assertThat(time.sleeps).containsOnly(Duration.ofMillis(100));
  }

  @Test
  void theCounterOfSlowServicesIsUpdatedAfterEveryUnit() {
    services.delay = Duration.ofMillis(500);
    run(3);

    assertThat(ledger.updates).containsExactly("0 at 0 ms", "1 at 1100 ms", "1 at 2200 ms");
  }

  @Test
  void aCoinIsLoggedAndStored() {
    services.hashes.addAll(List.of(NO_COIN, COIN));
    run(2);

    assertThat(log).contains("Coin found: 01234567...").hasSize(2);
    assertThat(ledger.wallet).containsOnlyKeys(COIN);
  }

  @Test
  void aCoinFoundAgainIsSaidToBeKnown() {
    services.hashes.addAll(List.of(COIN, COIN));
    run(2);

    assertThat(log.subList(1, 4))
        .containsExactly(
            "Coin found: 01234567...", "Coin found: 01234567...", "We already had that coin");
  }

  @Test
  void debugTellsOfEveryUnit() {
    miner = miner(Map.of("DEBUG", "yes"));
    services.hashes.addAll(List.of(NO_COIN));
    run(1);

    assertThat(log.subList(1, 3)).containsExactly("Doing one unit of work", "No coin found");
  }

  @Test
  void aFailureIsNamedAndWaitedOutAndCostsNoUnit() {
    services.failures.addAll(List.of("Connection refused", "it answered 500"));
    run(4);

    assertThat(log.get(1))
        .matches("http://rng:80 failed \\(Connection refused\\), trying again .+");
    assertThat(log.get(2)).matches("http://rng:80 failed \\(it answered 500\\), trying again .+");
    assertThat(services.served).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 50, 100",
    "1, 75, 100, 200",
    "3, 1000, 400, 800",
    "4, 2000, 500, 1000",
    "30, 20000, 500, 1000",
    "60, 100000, 2500, 5000",
    "1000, 86400000, 5000, 10000"
  })
  void backOffGrowsFrom100MsTo10SButNoFasterThanTheOutage(
      int failures, long awayMs, long least, long most) {
    for (int i = 0; i < 1000; i++) {
      assertThat(Miner.backOff(failures, Duration.ofMillis(awayMs)).toMillis())
          .isBetween(least, most);
    }
  }

  @Test
  void anOutageIsSleptThroughForATwentiethMore() {
    services.backAt = Duration.ofSeconds(100);
    run(1);

    assertThat(time.ms()).isBetween(100_000L, 105_500L);
    assertThat(log).hasSizeBetween(40, 100);
  }

  @Test
  void anAttemptThatTookLongIsFollowedByAnotherAtOnce() {
    ledger.takes = Duration.ofMillis(1500);
    ledger.lostReplies = 1;
    run(1);

    assertThat(log.get(1)).isEqualTo("redis:6379 failed (gone), trying again in 0.0 s");
    assertThat(time.sleeps.getFirst()).isZero();
  }

  @Test
  void aFailureThatNobodyThoughtOfIsWaitedOutToo() {
    ledger.unexpected = new ClassCastException("a List is no Long");
    run(2);
    miner.settle();

    assertThat(log.get(1)).startsWith("redis:6379 failed (a List is no Long), trying again");
    assertThat(ledger.hashes()).isEqualTo(2);
  }

  @Test
  void aCountThatMayHaveArrivedIsSentAgainUnderItsOldNumber() {
    ledger.lostReplies = 3;
    run(8);
    miner.settle();

    assertThat(log).filteredOn(line -> line.startsWith("redis:6379 failed (gone)")).hasSize(3);
    assertThat(ledger.hashes()).isEqualTo(8);
  }

  @Test
  void whatIsLeftAtAStopIsStored() {
    services.hashes.addAll(List.of(NO_COIN, NO_COIN, COIN));
    services.lostRepliesAtStop = 2;
    run(3);
    miner.settle();

    assertThat(log.subList(log.size() - 2, log.size()))
        .containsExactly(
            "3 units of work done, updating hash counter",
            "redis:6379 failed (gone), trying again until the stop");
    assertThat(ledger.hashes()).isEqualTo(3);
    assertThat(ledger.wallet).containsOnlyKeys(COIN);
    assertThat(miner.unsettled()).isEqualTo("0 units of work and 0 coins");
  }

  @Test
  void aStopWhileTheLedgerIsAwayAnnouncesNothingTwice() {
    ledger.lostReplies = 1;
    ledger.stopAtLoss = true;
    run(10);
    miner.settle();

    assertThat(log).containsExactly("0 units of work done, updating hash counter");
    assertThat(ledger.updates).hasSize(1); // there is nothing that could be lost
  }

  @Test
  void aStopDropsTheRequestInHand() {
    services.failures.add("Canceled");
    services.stopAtFailure = true;
    run(10);

    assertThat(log).containsExactly("0 units of work done, updating hash counter");
    assertThat(miner.unsettled()).isEqualTo("0 units of work and 0 coins");
  }

  private Miner miner(Map<String, String> environment) {
    return new Miner(Settings.of(environment), services, ledger, time, log::add);
  }

  private void run(int units) {
    services.stopAfter = units;
    miner.run();
  }

  private static final class FakeTime implements Time {
    final List<Duration> sleeps = new ArrayList<>();
    private long nanos = -1; // System.nanoTime() may be negative, too

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public void sleep(Duration duration) {
      sleeps.add(duration);
      nanos += duration.toNanos();
    }

    long ms() {
      return Duration.ofNanos(nanos + 1).toMillis();
    }
  }

  private final class FakeServices implements Services {
    final Deque<String> hashes = new ArrayDeque<>();
    final Deque<String> failures = new ArrayDeque<>();
    Duration delay = Duration.ofMillis(100);
    Duration lookUp = Duration.ZERO;
    Duration backAt = Duration.ZERO;
    Duration waited = Duration.ZERO;
    int served;
    int stopAfter;
    int lostRepliesAtStop;
    boolean stopAtFailure;

    @Override
    public byte[] randomBytes() throws IOException {
      if (!failures.isEmpty()) {
        if (stopAtFailure) {
          miner.stop();
        }
        throw new IOException(failures.pop());
      }
      time.nanos += lookUp.toNanos();
      if (time.ms() < backAt.toMillis()) {
        throw new IOException("Connection refused");
      }
      answer();
      return new byte[32];
    }

    @Override
    public String hash(byte[] bytes) {
      answer();
      if (++served == stopAfter) {
        miner.stop();
        ledger.lostReplies = lostRepliesAtStop;
      }
      return hashes.isEmpty() ? NO_COIN : hashes.pop();
    }

    @Override
    public Duration waited() {
      Duration sum = waited;
      waited = Duration.ZERO;
      return sum;
    }

    private void answer() {
      time.nanos += delay.toNanos();
      waited = waited.plus(delay);
    }
  }

  /** Counts like the one in Redis, and can lose a reply after it has done what it was told. */
  private final class FakeLedger implements Ledger {
    final List<String> updates = new ArrayList<>();
    final Map<Long, Long> counts = new HashMap<>();
    final Map<String, byte[]> wallet = new HashMap<>();
    Duration takes = Duration.ZERO;
    int lostReplies;
    boolean stopAtLoss;
    RuntimeException unexpected;

    @Override
    public void add(Count count) {
      if (unexpected != null) {
        RuntimeException once = unexpected;
        unexpected = null;
        throw once;
      }
      updates.add("%d at %d ms".formatted(count.units(), time.ms()));
      counts.put(count.sequence(), count.units());
      reply();
    }

    @Override
    public boolean put(Coin coin) {
      boolean isNew = wallet.put(coin.hash(), coin.bytes()) == null;
      reply();
      return isNew;
    }

    long hashes() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private void reply() {
      time.nanos += takes.toNanos();
      if (lostReplies > 0) {
        lostReplies--;
        if (stopAtLoss) {
          miner.stop();
        }
        throw new JedisConnectionException("gone");
      }
    }
  }
}
