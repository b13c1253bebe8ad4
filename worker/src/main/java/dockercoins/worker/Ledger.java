package dockercoins.worker;

import java.io.IOException;

/**
 * Where units of work and coins are stored. A call that throws an exception may have stored its
 * value all the same. It can be repeated with the same value, because nothing counts twice.
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
   * @return whether it was not there before
   * @throws IOException if it may have failed; the message says why
   */
  boolean put(Coin coin) throws IOException;

  /**
   * @param sequence the number of the count; each worker numbers its counts upwards
   * @param units the units of work done since the previous count
   */
  record Count(long sequence, long units) {}

  /**
   * @param hash 64 hexadecimal digits that begin with 0
   * @param bytes the hash is their SHA-256
   */
  record Coin(String hash, byte[] bytes) {}
}
