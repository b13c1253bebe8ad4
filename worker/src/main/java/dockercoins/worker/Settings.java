package dockercoins.worker;

import java.net.URI;
import java.util.Map;
import okhttp3.HttpUrl;

/**
 * The settings, read from environment variables at start.
 *
 * @param rngUrl {@code RNG_URL}, to which {@code 32} is appended
 * @param hasherUrl {@code HASHER_URL}
 * @param redisUrl {@code REDIS_URL}, with the password of {@code REDIS_PASSWORD_FILE}
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param debug {@code DEBUG}, whether to log each unit of work
 */
record Settings(HttpUrl rngUrl, HttpUrl hasherUrl, URI redisUrl, int delayMs, boolean debug) {

  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        httpUrl("RNG_URL", environment.text("RNG_URL", "http://rng/")),
        httpUrl("HASHER_URL", environment.text("HASHER_URL", "http://hasher/")),
        Redis.url(environment),
        environment.number("DELAY_MS", 100, 0, 10_000), // as in rng and hasher
        environment.flag("DEBUG"));
  }

  /** The name of rng in log lines: {@code http://rng:80}. */
  String rngName() {
    return name(rngUrl);
  }

  String hasherName() {
    return name(hasherUrl);
  }

  String redisName() {
    return Redis.name(redisUrl);
  }

  private static String name(HttpUrl url) {
    String host = url.host().contains(":") ? "[" + url.host() + "]" : url.host(); // an IPv6 address
    return "%s://%s:%d".formatted(url.scheme(), host, url.port());
  }

  private static HttpUrl httpUrl(String name, String value) {
    HttpUrl url = HttpUrl.parse(value);
    if (url == null || url.isHttps() || !url.encodedPath().endsWith("/")) {
      throw Environment.invalid(name, value, "a URL like http://host:80/");
    }
    return url;
  }
}
