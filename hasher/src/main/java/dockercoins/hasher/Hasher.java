package dockercoins.hasher;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;

/** The hasher: SHA-256 over HTTP, as many requests at a time as there are. */
public final class Hasher {

  private static final int THREADS = 8;
  private static final int BACKLOG = 4096; // connections that the kernel keeps until we accept them

  /** Each may need 20 KiB while it sends its body: so many fit into the heap of the image. */
  static final int MAX_CONNECTIONS = 1000;

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
          "HASHER running on port %d, %d ms each%n", server.port(), settings.delayMs());
    } catch (IllegalArgumentException e) {
      System.err.println("hasher: " + e.getMessage());
      System.exit(1);
    }
  }

  static Javalin server(Settings settings) {
    return Javalin.create(
        config -> {
          config.jetty.threadPool = threads();
          config.jetty.addConnector((server, http) -> connector(settings.port(), server, http));
          config.jetty.modifyServer(
              server -> {
                server.addBean(limit(server));
                server.setErrorHandler(Refusal::unread);
                server.setStopAtShutdown(true);
                server.setStopTimeout(STOP_MS);
                server.setRequestLog(new AccessLog());
              });
          config.jetty.modifyHttpConfiguration(Hasher::accept);
          config.http.prefer405over404 = true;
          config.http.compressionStrategy = CompressionStrategy.NONE;
          config.router.ignoreTrailingSlashes = false;
          config.startup.showJavalinBanner = false;
          config.startup.showOldJavalinVersionWarning = false;
          config.startup.startupWatcherEnabled = false;

          String greeting = "HASHER running on " + hostname() + "\n";
          config.routes.get("/", ctx -> ctx.result(greeting));
          config.routes.post("/", new Hash(settings));
          config.routes.get("/healthz", ctx -> ctx.result("ok"));
          config.routes.exception(HttpResponseException.class, Refusal::routed);
          config.routes.exception(Exception.class, Refusal::failed);
          config.routes.exception(EofException.class, Refusal::ended);
          config.routes.error(408, Refusal::paused);
        });
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

  private static NetworkConnectionLimit limit(Server server) {
    var limit = new NetworkConnectionLimit(MAX_CONNECTIONS, server);
    limit.setEndPointIdleTimeout(CROWDED_MS);
    return limit;
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
