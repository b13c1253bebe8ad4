package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dockercoins.worker.Ledger.Coin;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccountsTest {

  private static final Coin COIN = new Coin("0123456789abcdef".repeat(4), new byte[32]);

  private final List<String> log = new ArrayList<>();
  private final FakeTime time = new FakeTime();
  private final FakeLedger ledger = new FakeLedger(time);
  private boolean stopping;
  private final Accounts accounts =
      new Accounts(ledger, new Retry("redis:6379", () -> stopping, time, log::add), time, log::add);

  @Test
  void aCountThatMayHaveArrivedIsSentAgainUnderItsOldNumber() throws InterruptedException {
    ledger.lostReplies = 3;
    count(8);
    accounts.updateCounter();
    count(1);
    accounts.settle();

    assertThat(log).filteredOn(line -> line.startsWith("redis:6379 failed (gone)")).hasSize(3);
    assertThat(ledger.hashes()).isEqualTo(9);
  }

  @Test
  void unitsAndCoinLeftAtAStopAreStored() {
    stopping = true;
    ledger.lostReplies = 2;
    count(3);
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> accounts.add(COIN));
    assertThat(accounts.unsettled()).isEqualTo("3 units of work and 1 coin");
    accounts.settle();

    assertThat(log)
        .containsExactly(
            "3 units of work done, updating hash counter",
            "redis:6379 failed (gone), trying again until the process ends");
    assertThat(ledger.hashes()).isEqualTo(3);
    assertThat(ledger.wallet).containsOnlyKeys(COIN.hash());
    assertThat(accounts.unsettled()).isEqualTo("0 units of work and 0 coins");
  }

  @Test
  void aCountIsLoggedOnceEvenIfAStopInterruptsItsUpdate() {
    ledger.lostReplies = 1;
    ledger.onLostReply = () -> stopping = true;
    assertThatExceptionOfType(InterruptedException.class).isThrownBy(accounts::updateCounter);
    accounts.settle();

    assertThat(log).containsExactly("0 units of work done, updating hash counter");
    assertThat(ledger.updates).hasSize(1); // settle() has nothing to store
  }

  @Test
  void settlingSurvivesTheInterruptThatEndedTheMining() {
    ledger.lostReplies = 3;
    time.onSleep = Thread.currentThread()::interrupt;
    count(1);
    assertThat(accounts.unsettled()).isEqualTo("1 unit of work and 0 coins");
    accounts.settle();

    assertThat(ledger.hashes()).isEqualTo(1);
    assertThat(time.sleeps).hasSize(3);
  }

  private void count(int units) {
    for (int i = 0; i < units; i++) {
      accounts.countUnit();
    }
  }
}
