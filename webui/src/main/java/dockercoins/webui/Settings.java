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
 * @param port {@code PORT}, the port to listen on; 0 chooses a free port
 * @param redisUrl {@code REDIS_URL}, with the password of {@code REDIS_PASSWORD_FILE}
 * @param files {@code FILES}, the folder of static files
 * @param debug {@code DEBUG}, whether to log more
 */
record Settings(int port, URI redisUrl, Path files, boolean debug) {

  /**
   * @throws IllegalArgumentException if a value makes no sense, see {@link Environment}
   */
  static Settings of(Map<String, String> variables) {
    var environment = new Environment(variables);
    return new Settings(
        environment.number("PORT", 80, 0, 65_535),
        Redis.url(environment),
        folder("FILES", environment.text("FILES", "/files")),
        environment.flag("DEBUG"));
  }

  private static Path folder(String name, String value) {
    try {
      Path folder = Path.of(value).toRealPath();
      if (Files.isDirectory(folder)) {
        if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
          throw new IllegalArgumentException(
              "%s is \"%s\", which webui may not read: run chmod -R a+rX on that folder"
                  .formatted(name, value));
        }
        return folder;
      }
    } catch (IOException | InvalidPathException e) {
      // The exception below says what to do.
    }
    throw Environment.invalid(name, value, "the folder that holds index.html");
  }
}
