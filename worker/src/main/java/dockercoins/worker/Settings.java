package dockercoins.worker;

import java.net.URI;
import java.util.Map;
import okhttp3.HttpUrl;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * What the environment says.
 *
 * @param rngUrl {@code RNG_URL}, where {@code 32} is appended
 * @param hasherUrl {@code HASHER_URL}
 * @param redisUrl {@code REDIS_URL}
 * @param delayMs {@code DELAY_MS}, the simulated delay in milliseconds
 * @param debug {@code DEBUG} begins with y or Y
 */
record Settings(HttpUrl rngUrl, HttpUrl hasherUrl, URI redisUrl, int delayMs, boolean debug) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what it may be
   */
  static Settings of(Map<String, String> environment) {
    return new Settings(
        http(value(environment, "RNG_URL", "http://rng/"), "RNG_URL"),
        http(value(environment, "HASHER_URL", "http://hasher/"), "HASHER_URL"),
        redis(value(environment, "REDIS_URL", "redis://redis:6379"), "REDIS_URL"),
        milliseconds(value(environment, "DELAY_MS", "100"), "DELAY_MS"),
        environment.getOrDefault("DEBUG", "").toLowerCase().startsWith("y"));
  }

  private static String value(Map<String, String> environment, String name, String byDefault) {
    String value = environment.getOrDefault(name, "").strip();
    return value.isEmpty() ? byDefault : value;
  }

  /** As log lines name it: {@code http://rng:80}. */
  String rngName() {
    return name(rngUrl);
  }

  String hasherName() {
    return name(hasherUrl);
  }

  String redisName() {
    return redisUrl.getHost() + ":" + redisUrl.getPort();
  }

  private static String name(HttpUrl url) {
    return "%s://%s:%d".formatted(url.scheme(), url.host(), url.port());
  }

  private static HttpUrl http(String value, String name) {
    HttpUrl url = HttpUrl.parse(value);
    if (url == null || url.isHttps() || !url.encodedPath().endsWith("/")) {
      throw new IllegalArgumentException(
          "%s is \"%s\": set it to a URL like http://host:80/".formatted(name, value));
    }
    return url;
  }

  private static URI redis(String value, String name) {
    try {
      URI uri = URI.create(value);
      if (JedisURIHelper.isRedisScheme(uri)
          && JedisURIHelper.isValid(uri)
          && JedisURIHelper.getDBIndex(uri) >= 0) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // said below, with an example
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a URL like redis://host:6379".formatted(name, value));
  }

  private static int milliseconds(String value, String name) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0 && number <= 3_600_000) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below, with the range
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a whole number from 0 to 3600000".formatted(name, value));
  }
}
