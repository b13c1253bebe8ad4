package dockercoins.webui;

import dockercoins.webui.Progress.Counts;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.security.Security;
import java.time.InstantSource;
import java.util.Map;

/** The web UI: static files, and the numbers that their page draws. */
public final class Webui {

  /**
   * A connection takes {@link Connections#MAX_BYTES}, and 4 KiB for the headers and the objects of
   * an answer that its client does not read. So all of them take 28 MiB. The program takes 8 MiB,
   * {@link Connections#MAX_HEADS} is 4 MiB, and {@link Answers#MAX_UNREAD} is 2 MiB: together 42 of
   * the 48 MiB of the heap.
   */
  static final int MAX_CONNECTIONS = 2000;

  public static void main(String[] args) {
    // By default, Java caches addresses for 30 s, and failed look-ups for 10 s.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    WebServer.main("webui", Webui::run);
  }

  private static void run() {
    WebServer server = server(Settings.of(System.getenv())).start();
    System.out.printf("WEBUI running on port %d%n", server.port());
  }

  static WebServer server(Settings settings) {
    return server(
        settings, new Progress(settings.redisUrl(), InstantSource.system(), System::nanoTime));
  }

  static WebServer server(Settings settings, Progress progress) {
    Map<String, Handler> endpoints =
        Map.of(
            "/", ctx -> ctx.redirect("index.html"), // relative: a gateway may add a prefix
            "/json", ctx -> json(ctx, progress, settings.debug()),
            "/history", ctx -> history(ctx, progress),
            "/healthz", ctx -> ctx.result("ok"),
            "/readyz", ctx -> ready(ctx, progress));
    var files = new StaticFiles(settings.files(), endpoints.keySet());
    var server =
        new WebServer(settings.port(), MAX_CONNECTIONS, "is not here: the page is at /index.html")
            .with(files::configure)
            .with(new Answers()::configure) // in front of the files
            .otherPaths(files::exists)
            .with(config -> config.events.serverStarting(progress::start))
            .with(config -> config.events.serverStopped(progress::stop));
    endpoints.forEach(server::get);
    return server;
  }

  /** {@code {"coins": 12, "hashes": 200, "now": 1448000000.123}}, or 503 {@code {"error": ".."}} */
  private static void json(Context ctx, Progress progress, boolean debug) {
    ctx.header("Cache-Control", "no-store");
    try {
      Counts counts = progress.counts();
      if (debug) {
        System.out.println(counts);
      }
      ctx.json(counts);
    } catch (IOException e) {
      ctx.status(503).json(Map.of("error", e.getMessage()));
    }
  }

  /**
   * {@code {"samples": [..], "error": null}}, with the samples after the one whose {@code now} is
   * the query's {@code after}. The status is 200 even while Redis is away, because the page still
   * draws the samples.
   */
  private static void history(Context ctx, Progress progress) {
    ctx.header("Cache-Control", "no-store");
    String after = ctx.queryParam("after");
    try {
      ctx.json(progress.history(after == null ? 0 : Double.parseDouble(after)));
    } catch (NumberFormatException e) {
      String shown = after.matches("[ -~]{1,40}") ? '"' + after + '"' : "not a number";
      ctx.status(400).result("after is %s: set it to seconds since the epoch\n".formatted(shown));
    }
  }

  /** 200 while Redis answers, 503 otherwise. */
  private static void ready(Context ctx, Progress progress) {
    try {
      progress.counts();
      ctx.result("ok");
    } catch (IOException e) {
      ctx.status(503).result(e.getMessage());
    }
  }
}
