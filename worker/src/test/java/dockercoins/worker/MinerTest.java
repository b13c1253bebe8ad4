package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the loop on a fake clock. */
class MinerTest {

  private static final String NO_COIN = "1" + "0".repeat(63);
  private static final String COIN = "0123456789abcdef".repeat(4);

  private final List<String> log = new ArrayList<>();
  private final FakeTime time = new FakeTime();
  private final FakeServices services = new FakeServices();
  private final FakeLedger ledger = new FakeLedger(time);

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
  void theTimeThatRedisTakesShortensTheDelay() {
    ledger.takes = Duration.ofMillis(2);
    services.hashes.addAll(List.of(NO_COIN, COIN));
    run(6);

    assertThat(time.sleeps)
        .extracting(Duration::toMillis)
        .containsExactly(98L, 100L, 98L, 100L, 98L, 100L); // count, coin, count
    assertThat(time.ms()).isEqualTo(1800);
  }

  @Test
  void theTimeThatLookUpsTakeIsLearntAndShortensTheDelay() {
    services.lookUp = Duration.ofMillis(15);
    run(100);

    assertThat(time.sleeps.getFirst()).isEqualTo(Duration.ofMillis(100));
    assertThat(time.sleeps.getLast()).isCloseTo(Duration.ofMillis(85), Duration.ofMillis(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {19, 20, 25, 40, 60, 95})
  void aSteadyOverheadIsLearntWhateverItsSize(int milliseconds) {
    services.lookUp = Duration.ofMillis(milliseconds);
    run(100);

    assertThat(sleeps(50, 100)).allMatch(sleep -> Math.abs(sleep + milliseconds - 100) <= 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 50, 99, 1000, 60_000})
  void aSingleFailureIsNotLearnt(int milliseconds) {
    services.lookUps.addAll(Collections.nCopies(50, Duration.ofMillis(25)));
    services.lookUps.add(Duration.ofMillis(25 + milliseconds));
    services.lookUp = Duration.ofMillis(25);
    run(60);

    assertThat(sleeps(50, 60)).allMatch(sleep -> Math.abs(sleep - 75) <= 1);
  }

  @Test
  void anOverheadThatEndsIsForgotten() {
    services.lookUps.addAll(Collections.nCopies(50, Duration.ofMillis(40)));
    run(100);

    assertThat(sleeps(40, 50)).allMatch(sleep -> sleep <= 61);
    assertThat(sleeps(90, 100)).allMatch(sleep -> sleep >= 99);
  }

  @Test
  void aLookUpThatHangsIsNotLearnt() {
    services.lookUp = Duration.ofSeconds(1);
    run(3);

    assertThat(time.sleeps).containsOnly(Duration.ofMillis(100));
  }

  @Test
  void theCounterIsUpdatedAfterEveryUnitIfServicesAreSlow() {
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
  void aCoinFoundAgainIsLoggedAsKnown() {
    services.hashes.addAll(List.of(COIN, COIN));
    run(2);

    assertThat(log.subList(1, 4))
        .containsExactly(
            "Coin found: 01234567...", "Coin found: 01234567...", "We already had that coin");
  }

  @Test
  void debugLogsEveryUnit() {
    miner = miner(Map.of("DEBUG", "yes"));
    services.hashes.addAll(List.of(NO_COIN));
    run(1);

    assertThat(log.subList(1, 3)).containsExactly("Doing one unit of work", "No coin found");
  }

  @Test
  void aFailureIsLoggedAndRetriedAndLosesNoUnit() {
    services.failures.addAll(List.of("Connection refused", "it answered 500"));
    run(4);

    assertThat(log.get(1))
        .matches("http://rng:80 failed \\(Connection refused\\), trying again .+");
    assertThat(log.get(2)).matches("http://rng:80 failed \\(it answered 500\\), trying again .+");
    assertThat(services.served).isEqualTo(4);
  }

  @Test
  void anUnexpectedExceptionIsRetriedToo() {
    ledger.unexpected = new ClassCastException("a List is no Long");
    run(2);
    miner.settle();

    assertThat(log.get(1)).startsWith("redis:6379 failed (a List is no Long), trying again");
    assertThat(ledger.hashes()).isEqualTo(2);
  }

  @Test
  void aStopDropsTheRequestInFlight() {
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

  private List<Long> sleeps(int from, int to) {
    return time.sleeps.subList(from, to).stream().map(Duration::toMillis).toList();
  }

  private final class FakeServices implements Services {
    final Deque<String> hashes = new ArrayDeque<>();
    final Deque<String> failures = new ArrayDeque<>();
    Duration delay = Duration.ofMillis(100);
    final Deque<Duration> lookUps = new ArrayDeque<>();
    Duration lookUp = Duration.ZERO; // when lookUps is empty
    int served;
    int stopAfter;
    boolean stopAtFailure;

    @Override
    public Answer<byte[]> randomBytes() throws IOException {
      if (!failures.isEmpty()) {
        if (stopAtFailure) {
          miner.stop();
        }
        throw new IOException(failures.pop());
      }
      time.pass(lookUps.isEmpty() ? lookUp : lookUps.pop());
      return answer(new byte[32]);
    }

    @Override
    public Answer<String> hash(byte[] bytes) {
      if (++served == stopAfter) {
        miner.stop();
      }
      return answer(hashes.isEmpty() ? NO_COIN : hashes.pop());
    }

    private <T> Answer<T> answer(T value) {
      time.pass(delay);
      return new Answer<>(value, delay);
    }
  }
}
