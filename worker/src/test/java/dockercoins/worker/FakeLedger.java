package dockercoins.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts like the ledger in Redis. It can lose its reply after it has stored a value. */
final class FakeLedger implements Ledger {

  final List<String> updates = new ArrayList<>();
  final Map<String, byte[]> wallet = new HashMap<>();
  Duration takes = Duration.ZERO;
  int lostReplies;
  Runnable onLostReply = () -> {};
  RuntimeException unexpected;
  private final Map<Long, Long> counts = new HashMap<>();
  private final FakeTime time;

  FakeLedger(FakeTime time) {
    this.time = time;
  }

  @Override
  public void add(Count count) throws IOException {
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
  public boolean put(Coin coin) throws IOException {
    boolean isNew = wallet.put(coin.hash(), coin.bytes()) == null;
    reply();
    return isNew;
  }

  long hashes() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private void reply() throws IOException {
    time.pass(takes);
    if (lostReplies > 0) {
      lostReplies--;
      onLostReply.run();
      throw new IOException("gone");
    }
  }
}
