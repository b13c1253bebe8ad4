package dockercoins.webui;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import redis.embedded.RedisServer;

/**
 * Asks the command in the arguments, which starts webui, for what a page asks for: the image is
 * built with what it loads.
 */
final class Training {

  private static final List<String> PATHS =
      List.of(
          "/",
          "/index.html",
          "/style.css",
          "/webjars/chart.js/4.5.1/dist/chart.umd.min.js",
          "/json",
          "/history",
          "/readyz");

  public static void main(String[] command) throws Exception {
    var redis = new RedisServer(6379);
    redis.start();
    var webui = new ProcessBuilder(command).inheritIO();
    webui.environment().put("REDIS_URL", "redis://localhost:6379");
    webui.environment().put("FILES", "files");
    Process process = webui.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (process.isAlive() && status(client, "/readyz") != 200) {
        Thread.onSpinWait();
      }
      for (String path : PATHS) {
        System.out.println(path + " " + status(client, path));
      }
    }
    process.destroy();
    process.waitFor();
    redis.stop();
  }

  private static int status(HttpClient client, String path) throws InterruptedException {
    var request = HttpRequest.newBuilder(URI.create("http://localhost" + path)).build();
    try {
      return client.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0; // not started yet
    }
  }
}
