package dockercoins.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/** The ledger in Redis: the number {@code hashes}, and the hash {@code wallet}. */
final class RedisLedger implements Ledger {

  private static final byte[] WALLET = "wallet".getBytes(US_ASCII);

  /**
   * Adds a count unless its sequence number, or a higher one, is in {@code worker:<id>}. So a count
   * is added once, even if it is sent again after a lost reply, or if a slow network delivers it
   * after the next one. The script sets the sequence number last, because INCRBY may fail.
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
  public void add(Count count) throws IOException {
    List<String> values = List.of(Long.toString(count.units()), Long.toString(count.sequence()));
    send(() -> redis.eval(ADD_ONCE, keys, values));
  }

  @Override
  public boolean put(Coin coin) throws IOException {
    return send(() -> redis.hset(WALLET, coin.hash().getBytes(US_ASCII), coin.bytes())) == 1;
  }

  private static <T> T send(Supplier<T> command) throws IOException {
    try {
      return command.get();
    } catch (JedisException e) {
      throw new IOException(Redis.reason(e), e);
    }
  }
}
