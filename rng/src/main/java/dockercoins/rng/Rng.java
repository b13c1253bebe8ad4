package dockercoins.rng;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Handler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.CustomRequestLog;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The random number generator: random bytes over HTTP, one request at a time. */
public final class Rng {

  private static final int BACKLOG = 4096; // connections that the kernel keeps until we accept them

  /** Each costs about 6 KiB while its request waits: so many fit into the heap of the image. */
  static final int MAX_CONNECTIONS = 3000;

  /** After a SIGTERM, no connection is accepted, and the requests in hand have so long to end. */
  private static final int STOP_MS = 5000;

  public static void main(String[] args) {
    try {
      Settings settings = Settings.of(System.getenv());
      Javalin server = server(settings).start();
      System.out.printf(
          "RNG running on port %d, %d at a time, %d ms each%n",
          server.port(), settings.concurrency(), settings.delayMs());
    } catch (IllegalArgumentException e) {
      System.err.println("rng: " + e.getMessage());
      System.exit(1);
    }
  }

  static Javalin server(Settings settings) {
    var queue = new ArrivalQueue(settings.concurrency());
    return Javalin.create(
        config -> {
          config.jetty.addConnector((server, http) -> connector(settings.port(), server, http));
          config.jetty.modifyServer(
              server -> {
                server.insertHandler(queue);
                server.addBean(new ConnectionLimit(MAX_CONNECTIONS, server));
                server.setStopAtShutdown(true);
                server.setStopTimeout(STOP_MS);
                server.setRequestLog(
                    new CustomRequestLog(System.out::println, CustomRequestLog.NCSA_FORMAT));
              });
          config.http.compressionStrategy = CompressionStrategy.NONE;
          config.router.ignoreTrailingSlashes = false;
          config.startup.showJavalinBanner = false;
          config.startup.showOldJavalinVersionWarning = false;
          config.startup.startupWatcherEnabled = false;

          String greeting = "RNG running on " + hostname() + "\n";
          get(config, "/", ctx -> ctx.result(greeting));
          get(config, "/healthz", ctx -> ctx.result("ok"));
          get(config, "/{n}", new RandomBytes(settings, queue));
        });
  }

  // Javalin answers HEAD by itself without asking the handler, so with no delay and no length.
  private static void get(JavalinConfig config, String path, Handler handler) {
    config.routes.get(path, handler);
    config.routes.head(path, handler);
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

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
