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
        port("PORT", environment.getOrDefault("PORT", "80")),
        redis("REDIS_URL", environment.getOrDefault("REDIS_URL", "redis://redis:6379")),
        folder("FILES", environment.getOrDefault("FILES", "/files")),
        environment.getOrDefault("DEBUG", "").toLowerCase().startsWith("y"));
  }

  private static int port(String name, String value) {
    try {
      int port = Integer.parseInt(value.strip());
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // said below, with the range
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a whole number from 0 to 65535".formatted(name, value));
  }

  private static URI redis(String name, String value) {
    try {
      URI uri = URI.create(value);
      if (JedisURIHelper.isRedisScheme(uri) && JedisURIHelper.isValid(uri)) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // said below, with an example
    }
    throw new IllegalArgumentException(
        "%s is \"%s\": set it to a URL like redis://host:6379".formatted(name, value));
  }

  private static Path folder(String name, String value) {
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
