package dockercoins.webui;

import dockercoins.webui.Progress.Counts;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.staticfiles.Location;
import java.io.IOException;
import java.security.Security;
import java.util.Map;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.CustomRequestLog;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The web UI: the static files, and the numbers that their page draws. */
public final class Webui {

  private static final int BACKLOG = 4096; // connections that the kernel keeps until we accept them
  private static final int MAX_CONNECTIONS = 2000; // so many fit into the heap of the image

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
    var progress = new Progress(settings.redisUrl());
    return Javalin.create(
        config -> {
          config.concurrency.useVirtualThreads = true; // to wait for Redis costs next to nothing
          config.jetty.addConnector((server, http) -> connector(settings.port(), server, http));
          config.jetty.modifyServer(
              server -> {
                server.addBean(new ConnectionLimit(MAX_CONNECTIONS, server));
                server.setRequestLog(
                    new CustomRequestLog(System.out::println, CustomRequestLog.NCSA_FORMAT));
              });
          config.router.ignoreTrailingSlashes = false;
          config.startup.showJavalinBanner = false;
          config.startup.showOldJavalinVersionWarning = false;
          config.startup.startupWatcherEnabled = false;

          config.staticFiles.enableWebjars();
          config.staticFiles.add(
              files -> {
                files.location = Location.EXTERNAL;
                files.directory = settings.files().toString();
                files.headers = Map.of("Cache-Control", "no-cache"); // an edit shows at a reload
              });
          config.routes.get("/", ctx -> ctx.redirect("/index.html"));
          config.routes.get("/json", ctx -> json(ctx, progress, settings.debug()));
          config.routes.get("/healthz", ctx -> ctx.result("ok"));
          config.routes.get("/readyz", ctx -> ready(ctx, progress));
        });
  }

  /** {@code {"coins": 12, "hashes": 200, "now": 1448000000.123}}, or 503 {@code {"error": ".."}} */
  private static void json(Context ctx, Progress progress, boolean debug)
      throws InterruptedException {
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

  /** 200 while Redis answers, 503 otherwise. */
  private static void ready(Context ctx, Progress progress) throws InterruptedException {
    try {
      progress.counts();
      ctx.result("ok");
    } catch (IOException e) {
      ctx.status(503).result(e.getMessage());
    }
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
