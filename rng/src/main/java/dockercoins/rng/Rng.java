package dockercoins.rng;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The random number generator: random bytes over HTTP, one request at a time. */
public final class Rng {

  private static final int BACKLOG = 4096; // connections that the kernel keeps until we accept them

  private static final int THREADS = 8; // besides those whose requests are served

  /** Each costs about 6 KiB while its request waits: so many fit into the heap of the image. */
  static final int MAX_CONNECTIONS = 3000;

  /** When there are so many, those on which nothing has moved for so long are closed. */
  private static final int CROWDED_MS = 1000;

  /**
   * After a SIGTERM, no connection is accepted, and the requests in hand have so long to end,
   * before Docker ends all after 10 s.
   */
  private static final int STOP_MS = 8000;

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
          config.jetty.threadPool = new QueuedThreadPool(settings.concurrency() + THREADS, 2);
          config.jetty.addConnector((server, http) -> connector(settings.port(), server, http));
          config.jetty.modifyServer(
              server -> {
                server.insertHandler(queue);
                var limit = new NetworkConnectionLimit(MAX_CONNECTIONS, server);
                server.addBean(limit);
                config.events.serverStarted(() -> makeRoom(server, limit));
                server.setErrorHandler(Refusal::unread);
                server.setStopAtShutdown(true);
                server.setStopTimeout(STOP_MS);
                server.setRequestLog(new AccessLog());
              });
          config.jetty.modifyHttpConfiguration(Rng::accept);
          config.http.compressionStrategy = CompressionStrategy.NONE;
          config.router.ignoreTrailingSlashes = false;
          config.startup.showJavalinBanner = false;
          config.startup.showOldJavalinVersionWarning = false;
          config.startup.startupWatcherEnabled = false;

          String greeting = "RNG running on " + hostname() + "\n";
          get(config, "/", ctx -> ctx.result(greeting));
          get(config, "/healthz", ctx -> ctx.result("ok"));
          get(config, "/{n}", new RandomBytes(settings, queue));
          config.routes.exception(HttpResponseException.class, Refusal::routed);
          config.routes.exception(Exception.class, Refusal::failed);
        });
  }

  /** HTTP/1.1 to the letter, except that a URI may name another host than the Host header. */
  private static void accept(HttpConfiguration http) {
    http.setHttpCompliance(
        HttpCompliance.STRICT.with("any host", HttpCompliance.Violation.MISMATCHED_AUTHORITY));
    http.setUriCompliance(
        UriCompliance.LEGACY.without("no %u", UriCompliance.Violation.UTF16_ENCODINGS));
  }

  /** A timeout would not do: it would go off again and again for all that wait in the queue. */
  private static void makeRoom(Server server, NetworkConnectionLimit limit) {
    if (limit.getNetworkConnectionCount() >= MAX_CONNECTIONS) {
      for (EndPoint client : server.getConnectors()[0].getConnectedEndPoints()) {
        Connection connection = client.getConnection();
        boolean waits = connection.getMessagesIn() > connection.getMessagesOut();
        if (!waits && ((AbstractEndPoint) client).getIdleFor() > CROWDED_MS) {
          client.close();
        }
      }
    }
    server
        .getScheduler()
        .schedule(() -> makeRoom(server, limit), CROWDED_MS, TimeUnit.MILLISECONDS);
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
