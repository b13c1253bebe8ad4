package dockercoins.worker;

import java.io.IOException;
import java.time.Duration;

/** What rng and hasher do for the miner. */
interface Services {

  /**
   * @return 32 random bytes
   * @throws IOException if rng did not give them
   */
  byte[] randomBytes() throws IOException;

  /**
   * @return the SHA-256 of the bytes in lower-case hexadecimal
   * @throws IOException if hasher did not give it
   */
  String hash(byte[] bytes) throws IOException;

  /** How long answers were waited for since the last call of this. */
  Duration waited();
}
