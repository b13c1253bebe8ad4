package dockercoins.webui;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * What the environment says.
 *
 * @param port {@code PORT}, to listen on; 0 takes a free one
 * @param redisUrl {@code REDIS_URL}
 * @param files {@code FILES}, the folder of static files
 * @param debug {@code DEBUG} begins with y or Y
 */
record Settings(int port, URI redisUrl, Path files, boolean debug) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what it may be
   */
  static Settings of(Map<String, String> environment) {
    return new Settings(
        port(value(environment, "PORT", "80"), "PORT"),
        redis(value(environment, "REDIS_URL", "redis://redis:6379"), "REDIS_URL"),
        folder(value(environment, "FILES", "/files"), "FILES"),
        environment.getOrDefault("DEBUG", "").toLowerCase().startsWith("y"));
  }

  private static String value(Map<String, String> environment, String name, String byDefault) {
    String value = environment.getOrDefault(name, "").strip();
    return value.isEmpty() ? byDefault : value;
  }

  private static int port(String value, String name) {
    try {
      int port = Integer.parseInt(value);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below, with the range
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a whole number from 0 to 65535".formatted(name, value));
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

  private static Path folder(String value, String name) {
    try {
      Path folder = Path.of(value).toRealPath();
      if (Files.isDirectory(folder)) {
        return folder;
      }
    } catch (IOException | InvalidPathException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to the folder that holds index.html".formatted(name, value));
  }
}
