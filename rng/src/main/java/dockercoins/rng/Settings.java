package dockercoins.rng;

import java.util.Map;

/**
 * What the environment says.
 *
 * @param port {@code PORT}, to listen on; 0 takes a free one
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param concurrency {@code CONCURRENCY}, requests served at a time
 * @param debug {@code DEBUG} begins with y or Y
 */
record Settings(int port, int delayMs, int concurrency, boolean debug) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what it may be
   */
  static Settings of(Map<String, String> environment) {
    return new Settings(
        number(environment, "PORT", 80, 0, 65_535),
        number(environment, "DELAY_MS", 100, 0, 3_600_000),
        number(environment, "CONCURRENCY", 1, 1, 200),
        environment.getOrDefault("DEBUG", "").toLowerCase().startsWith("y"));
  }

  private static int number(
      Map<String, String> environment, String name, int byDefault, int min, int max) {
    String value = environment.getOrDefault(name, "").strip();
    if (value.isEmpty()) {
      return byDefault;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below, with the range
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a whole number from %d to %d".formatted(name, value, min, max));
  }
}
