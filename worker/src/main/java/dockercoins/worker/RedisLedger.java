package dockercoins.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * The ledger in Redis: the number {@code hashes}, and the hash {@code wallet}. Each call resolves
 * the name again and opens a new connection.
 */
final class RedisLedger implements Ledger {

  private static final byte[] WALLET = "wallet".getBytes(US_ASCII);

  /**
   * Adds a count unless its sequence number, or a higher one, is in {@code worker:{hashes}:<id>}.
   * So a count is added once, even if it is sent again after a lost reply, or if a slow network
   * delivers it after the next one. The script sets the sequence number last, because INCRBY may
   * fail.
   *
   * <p>If the sequence number has vanished, the third argument decides: if {@code hashes} has
   * reached it, the count may have been added before, so it is not added again.
   *
   * <p>Redis keeps a sequence number for a year, because the count may be sent again after a long
   * outage. It takes 150 bytes, so 100,000 workers started within a year take 15 MB.
   */
  private static final String ADD_ONCE =
      """
      local last = tonumber(redis.call('GET', KEYS[2]) or 0)
      if last < tonumber(ARGV[2]) then
        local hashes = tonumber(redis.call('GET', KEYS[1]) or -1)
        if last > 0 or hashes < tonumber(ARGV[3]) then
          redis.call('INCRBY', KEYS[1], ARGV[1])
        end
        redis.call('SET', KEYS[2], ARGV[2], 'EX', 31536000)
      end
      return tonumber(redis.call('GET', KEYS[1]) or 0)
      """;

  /** In a Redis Cluster, the hash tag {hashes} puts both keys on the same node. */
  private final List<String> keys = List.of("hashes", "worker:{hashes}:" + UUID.randomUUID());

  private final Redis redis;
  private long hashes; // after the last count whose reply has arrived
  private long doubtful; // the sequence number of the last count whose reply was lost

  RedisLedger(URI url) {
    redis = new Redis(url, Duration.ZERO);
  }

  @Override
  public void add(Count count) throws IOException {
    boolean mayBeAdded = count.sequence() == doubtful;
    long addedFrom = mayBeAdded ? hashes + count.units() : Long.MAX_VALUE;
    var arguments = List.of("" + count.units(), "" + count.sequence(), "" + addedFrom);
    hashes =
        redis.send(
            connection -> {
              try {
                return (Long) connection.eval(ADD_ONCE, keys, arguments);
              } catch (JedisConnectionException e) {
                doubtful = count.sequence();
                throw e;
              }
            });
  }

  @Override
  public boolean put(Coin coin) throws IOException {
    byte[] hash = coin.hash().getBytes(US_ASCII);
    return redis.send(connection -> connection.hset(WALLET, hash, coin.bytes())) == 1;
  }
}
