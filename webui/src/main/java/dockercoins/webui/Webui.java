package dockercoins.webui;

import dockercoins.webui.Progress.Counts;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.javalin.http.staticfiles.Location;
import io.javalin.jetty.JettyResourceHandler;
import io.javalin.plugin.bundled.GlobalHeadersConfig;
import java.io.IOException;
import java.security.Security;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;

/** The web UI: the static files, and the numbers that their page draws. */
public final class Webui {

  private static final int THREADS = 8;
  private static final int BACKLOG = 4096; // connections that the kernel keeps until we accept them
  static final int MAX_CONNECTIONS = 2000; // so many fit into the heap of the image

  /** When there are so many, those on which nothing has moved for so long are closed. */
  private static final int CROWDED_MS = 1000;

  public static void main(String[] args) {
    // Java would keep the address of Redis for 30 s, and a failed look-up for 10.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    try {
      Settings settings = Settings.of(System.getenv());
      Javalin server = server(settings).start();
      System.out.printf("WEBUI running on port %d%n", server.port());
    } catch (IllegalArgumentException e) {
      System.err.println("webui: " + e.getMessage());
      System.exit(1);
    }
  }

  static Javalin server(Settings settings) {
    return server(settings, new Progress(settings.redisUrl(), InstantSource.system()));
  }

  static Javalin server(Settings settings, Progress progress) {
    return Javalin.create(
        config -> {
          config.jetty.threadPool = threads();
          config.jetty.addConnector((server, http) -> connector(settings.port(), server, http));
          config.jetty.modifyServer(
              server -> {
                server.addBean(limit(server));
                server.setErrorHandler(Refusal::unread);
                server.setRequestLog(new AccessLog());
              });
          config.jetty.modifyHttpConfiguration(Webui::accept);
          config.events.serverStarting(progress::start);
          config.events.serverStopped(progress::stop);
          config.router.ignoreTrailingSlashes = false;
          config.startup.showJavalinBanner = false;
          config.startup.showOldJavalinVersionWarning = false;
          config.startup.startupWatcherEnabled = false;

          config.bundledPlugins.enableGlobalHeaders(
              GlobalHeadersConfig::xContentTypeOptionsNoSniff);
          var resources = new JettyResourceHandler();
          config.resourceHandler(resources);
          config.staticFiles.enableWebjars();
          config.staticFiles.add(
              files -> {
                files.location = Location.EXTERNAL;
                files.directory = settings.files().toString();
                files.headers = Map.of("Cache-Control", "no-cache"); // an edit shows at a reload
              });
          config.routes.get("/", ctx -> ctx.redirect("/index.html"));
          get(config, "/json", ctx -> json(ctx, progress, settings.debug()));
          get(config, "/history", ctx -> history(ctx, progress));
          get(config, "/healthz", ctx -> ctx.result("ok"));
          get(config, "/readyz", ctx -> ready(ctx, progress));
          config.http.prefer405over404 = true;
          config.routes.exception(
              HttpResponseException.class,
              (e, ctx) -> Refusal.routed(e, ctx, resources.canHandle(ctx)));
          config.routes.exception(Exception.class, Refusal::failed);
        });
  }

  // Javalin answers HEAD by itself without asking the handler, so with 200 while Redis is away.
  private static void get(JavalinConfig config, String path, Handler handler) {
    config.routes.get(path, handler);
    config.routes.head(path, handler);
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
   * {@code {"samples": [..], "error": null}} with the samples after the query's {@code after}; 200
   * while Redis is away, too: what is known is still worth drawing.
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

  private static NetworkConnectionLimit limit(Server server) {
    var limit = new NetworkConnectionLimit(MAX_CONNECTIONS, server);
    limit.setEndPointIdleTimeout(CROWDED_MS);
    return limit;
  }

  /** A few to wait for requests; one that is served has a virtual one. */
  private static ThreadPool threads() {
    var threads = new QueuedThreadPool(THREADS, 2);
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    return threads;
  }

  /** HTTP/1.1 to the letter, except that a URI may name another host than the Host header. */
  private static void accept(HttpConfiguration http) {
    http.setHttpCompliance(
        HttpCompliance.STRICT.with("any host", HttpCompliance.Violation.MISMATCHED_AUTHORITY));
  }

  /** Opened here, before the server starts, so that a port that is taken gets one clear line. */
  private static ServerConnector connector(int port, Server server, HttpConfiguration http) {
    var connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setPort(port);
    connector.setAcceptQueueSize(BACKLOG);
    try {
      connector.open();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "port %d: %s: set PORT to another".formatted(port, e.getCause().getMessage()), e);
    }
    return connector;
  }
}
