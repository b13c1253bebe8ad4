package dockercoins.worker;

import java.io.IOException;

/**
 * Stores units of work and coins. A call that throws an exception may still have stored its value.
 * The caller may repeat it with the same value, because nothing counts twice.
 */
interface Ledger {

  /**
   * Adds to the number of units of work that all workers have done. The first call creates it.
   *
   * @throws IOException if it may have failed; the message says why
   */
  void add(Count count) throws IOException;

  /**
   * Puts a coin into the wallet.
   *
   * @return whether the coin is new
   * @throws IOException if it may have failed; the message says why
   */
  boolean put(Coin coin) throws IOException;

  /**
   * @param sequence the number of the count; each worker numbers its counts in ascending order
   * @param units the units of work done since the previous count
   */
  record Count(long sequence, long units) {}

  /**
   * @param hash 64 hexadecimal digits that begin with 0
   * @param bytes the 32 bytes that have this hash
   */
  record Coin(String hash, byte[] bytes) {}
}
