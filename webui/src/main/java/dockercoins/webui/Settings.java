package dockercoins.webui;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The settings, read from environment variables at start.
 *
 * @param port {@code PORT}, to listen on; 0 takes a free one
 * @param redisUrl {@code REDIS_URL}
 * @param files {@code FILES}, the folder of static files
 * @param debug {@code DEBUG} begins with y or Y
 */
record Settings(int port, URI redisUrl, Path files, boolean debug) {

  /**
   * @throws IllegalArgumentException naming the variable, its value and what to set it to
   */
  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        environment.number("PORT", 80, 0, 65_535),
        Redis.url("REDIS_URL", environment.text("REDIS_URL", "redis://redis:6379")),
        folder("FILES", environment.text("FILES", "/files")),
        environment.flag("DEBUG"));
  }

  private static Path folder(String name, String value) {
    try {
      Path folder = Path.of(value).toRealPath();
      if (Files.isDirectory(folder)) {
        return folder;
      }
    } catch (IOException | InvalidPathException e) {
      // refused below
    }
    throw Environment.invalid(name, value, "the folder that holds index.html");
  }
}
