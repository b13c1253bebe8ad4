package dockercoins.hasher;

import java.util.Map;

/**
 * What the environment says.
 *
 * @param port {@code PORT}, to listen on; 0 takes a free one
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param debug {@code DEBUG} begins with y or Y
 */
record Settings(int port, int delayMs, boolean debug) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what it may be
   */
  static Settings of(Map<String, String> environment) {
    return new Settings(
        number(environment, "PORT", 80, 65_535),
        number(environment, "DELAY_MS", 100, 3_600_000),
        environment.getOrDefault("DEBUG", "").toLowerCase().startsWith("y"));
  }

  private static int number(Map<String, String> environment, String name, int byDefault, int max) {
    String value = environment.getOrDefault(name, "").strip();
    if (value.isEmpty()) {
      return byDefault;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below, with the range
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a whole number from 0 to %d".formatted(name, value, max));
  }
}
