package dockercoins.local;

import java.util.Map;

/**
 * The settings, read from environment variables at start. The services inherit all other variables,
 * for example {@code DELAY_MS}.
 *
 * @param webuiPort {@code WEBUI_PORT}
 * @param rngPort {@code RNG_PORT}
 * @param hasherPort {@code HASHER_PORT}
 * @param workers {@code WORKERS}, the number of workers
 */
record Settings(int webuiPort, int rngPort, int hasherPort, int workers) {

  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        environment.number("WEBUI_PORT", 8000, 1, 65_535),
        environment.number("RNG_PORT", 8001, 1, 65_535),
        environment.number("HASHER_PORT", 8002, 1, 65_535),
        environment.number("WORKERS", 1, 0, 100));
  }
}
