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

  /**
   * @throws IllegalArgumentException if a value makes no sense, see {@link Environment}
   */
  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        environment.number("PORT", 80, 0, 65_535),
        environment.number("DELAY_MS", 100, 0, 3_600_000),
        environment.number("CONCURRENCY", 1, 1, 200),
        environment.flag("DEBUG"));
  }
}
