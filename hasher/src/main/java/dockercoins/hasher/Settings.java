package dockercoins.hasher;

import java.util.Map;

/**
 * The settings, read from environment variables at start.
 *
 * @param port {@code PORT}, the port to listen on; 0 chooses a free port
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param debug {@code DEBUG}, whether to log more
 */
record Settings(int port, int delayMs, boolean debug) {

  /** The same as in rng, so that a worker, which waits a minute, gets its answer. */
  private static final int MAX_DELAY_MS = 10_000;

  /**
   * @throws IllegalArgumentException if a value makes no sense, see {@link Environment}
   */
  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        environment.number("PORT", 80, 0, 65_535),
        environment.number("DELAY_MS", 100, 0, MAX_DELAY_MS),
        environment.flag("DEBUG"));
  }
}
