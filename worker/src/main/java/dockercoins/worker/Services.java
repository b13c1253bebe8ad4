package dockercoins.worker;

import java.io.IOException;
import java.time.Duration;

/** rng and hasher, as the miner sees them. */
interface Services {

  /**
   * @return 32 random bytes
   * @throws IOException if rng did not give them; the message says why
   */
  Answer<byte[]> randomBytes() throws IOException;

  /**
   * @return the SHA-256 of the bytes in lower-case hexadecimal
   * @throws IOException if hasher did not give it; the message says why
   */
  Answer<String> hash(byte[] bytes) throws IOException;

  /**
   * @param waited the time from the end of the request to the start of the answer
   */
  record Answer<T>(T value, Duration waited) {}
}
