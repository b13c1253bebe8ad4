package dockercoins.local;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A service in its own process, with the options that the JVM has in its image. */
record ServiceProcess(Process process, int port) {

  private static final Pattern STARTED = Pattern.compile("running on port (\\d+)");

  /**
   * Starts a service on a free port, and returns when it listens.
   *
   * @param log the file that gets its output
   */
  static ServiceProcess start(String mainClass, Path log, Map<String, String> environment)
      throws IOException {
    var java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@../rng/jvm.options", // the same in all images
                "-cp",
                System.getProperty("java.class.path"),
                mainClass)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    java.environment().put("PORT", "0");
    java.environment().putAll(environment);
    Process process = java.start();
    Matcher started = await().until(() -> STARTED.matcher(Files.readString(log)), Matcher::find);
    return new ServiceProcess(process, Integer.parseInt(started.group(1)));
  }
}
