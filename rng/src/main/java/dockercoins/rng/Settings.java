package dockercoins.rng;

import java.util.Map;

/**
 * The settings, read from environment variables at start.
 *
 * @param port {@code PORT}, the port to listen on; 0 chooses a free port
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param concurrency {@code CONCURRENCY}, the number of requests served at a time
 * @param debug {@code DEBUG}, whether to log more
 */
record Settings(int port, int delayMs, int concurrency, boolean debug) {

  /** A worker waits a minute for an answer. With this delay, five workers can wait in the queue. */
  private static final int MAX_DELAY_MS = 10_000;

  /**
   * @throws IllegalArgumentException if a value makes no sense, see {@link Environment}
   */
  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        environment.number("PORT", 80, 0, 65_535),
        environment.number("DELAY_MS", 100, 0, MAX_DELAY_MS),
        environment.number("CONCURRENCY", 1, 1, 200),
        environment.flag("DEBUG"));
  }
}
