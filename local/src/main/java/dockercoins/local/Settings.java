package dockercoins.local;

import java.util.Map;

/**
 * What the environment says. The services inherit the rest of it, {@code DELAY_MS} for instance.
 *
 * @param webuiPort {@code WEBUI_PORT}
 * @param rngPort {@code RNG_PORT}
 * @param hasherPort {@code HASHER_PORT}
 * @param workers {@code WORKERS}, how many
 */
record Settings(int webuiPort, int rngPort, int hasherPort, int workers) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what it may be
   */
  static Settings of(Map<String, String> environment) {
    return new Settings(
        number(environment, "WEBUI_PORT", 8000, 1, 65_535),
        number(environment, "RNG_PORT", 8001, 1, 65_535),
        number(environment, "HASHER_PORT", 8002, 1, 65_535),
        number(environment, "WORKERS", 1, 0, 100));
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
