package dockercoins.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.URI;
import java.util.List;
import java.util.UUID;
import redis.clients.jedis.RedisClient;

/** The string {@code hashes}, and {@code wallet}, a hash from the hex digest to the bytes. */
final class RedisLedger implements Ledger {

  private static final byte[] WALLET = "wallet".getBytes(US_ASCII);

  /**
   * {@code worker:<id>}, which expires after a day, holds the sequence number of the last count, so
   * that one which is sent again because the answer got lost is not added again, nor one that a
   * slow network delivers after the next. It is set last: if INCRBY fails, so does the script.
   */
  private static final String ADD_ONCE =
      """
      if tonumber(redis.call('GET', KEYS[2]) or 0) < tonumber(ARGV[2]) then
        redis.call('INCRBY', KEYS[1], ARGV[1])
        redis.call('SET', KEYS[2], ARGV[2], 'EX', 86400)
      end
      """;

  private final List<String> keys = List.of("hashes", "worker:" + UUID.randomUUID());
  private final RedisClient redis;

  RedisLedger(URI url) {
    redis = Redis.client(url, true);
  }

  @Override
  public void add(Count count) {
    redis.eval(
        ADD_ONCE, keys, List.of(Long.toString(count.units()), Long.toString(count.sequence())));
  }

  @Override
  public boolean put(Coin coin) {
    return redis.hset(WALLET, coin.hash().getBytes(US_ASCII), coin.bytes()) == 1;
  }
}
