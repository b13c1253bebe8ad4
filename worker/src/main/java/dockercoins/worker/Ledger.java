package dockercoins.worker;

/**
 * The accounts of the mine. Both methods throw a {@link
 * redis.clients.jedis.exceptions.JedisException} when they may have failed, and can then be called
 * again with the same value: nothing counts twice.
 */
interface Ledger {

  /** Adds to the count of all units of work; the first one creates it. */
  void add(Count count);

  /**
   * Puts a coin into the wallet.
   *
   * @return whether it was not there before
   */
  boolean put(Coin coin);

  /**
   * @param sequence differs from that of any other count of this worker
   * @param units units of work done
   */
  record Count(long sequence, long units) {}

  /**
   * @param hash 64 hexadecimal digits that begin with 0
   * @param bytes what it is the SHA-256 of
   */
  record Coin(String hash, byte[] bytes) {}
}
