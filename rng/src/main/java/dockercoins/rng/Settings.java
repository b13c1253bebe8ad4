package dockercoins.rng;

import java.util.Map;

/**
 * The settings, read from environment variables at start.
 *
 * @param port {@code PORT}, to listen on; 0 takes a free one
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param concurrency {@code CONCURRENCY}, requests served at a time
 * @param debug {@code DEBUG} begins with y or Y
 */
record Settings(int port, int delayMs, int concurrency, boolean debug) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what to set it to
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
