package dockercoins.webui;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;

/**
 * The web server of a service: Javalin on Jetty, with limits on connections and threads, strict
 * HTTP, an access log, and a graceful stop.
 */
final class WebServer {

  /** Platform threads that accept connections and wait for requests. */
  static final int THREADS = 8;

  /** How many connections the kernel keeps until the server accepts them. */
  private static final int BACKLOG = 4096;

  /** How long a stop waits for requests in flight. Docker kills the process after 10 s. */
  private static final int STOP_TIMEOUT_MS = 8000;

  /** Bytes of the heap that a connection takes while the server reads from it. */
  private static final int READ_BUFFER = 2048;

  /** Docker lets every user listen on port 80, but other container runtimes may not. */
  private static final String USE_OF_LOW_PORTS =
      "only root may listen on ports below 1024 here: set PORT to 8080, or the sysctl"
          + " net.ipv4.ip_unprivileged_port_start to 0, or run as root (--user 0)";

  private final int port;
  private final int maxConnections;
  private final BadRequest badRequest;
  private final Map<String, List<String>> routes = new HashMap<>();
  private Predicate<Context> otherPaths = ctx -> false;
  private Consumer<JavalinConfig> configuration = this::configure;
  private Javalin javalin;

  /**
   * @param port the port to listen on; 0 chooses a free port
   * @param maxConnections the server accepts no more at a time; further ones wait in the kernel
   * @param notFound the end of the sentence that answers an unknown path, for instance "is not
   *     here: the page is at /index.html"
   */
  WebServer(int port, int maxConnections, String notFound) {
    this.port = port;
    this.maxConnections = maxConnections;
    badRequest = new BadRequest(notFound, this::methods);
  }

  /** Runs a service. If a setting makes no sense, prints one line and ends the process. */
  static void main(String service, Runnable start) {
    try {
      start.run();
    } catch (IllegalArgumentException e) {
      System.err.println(service + ": " + e.getMessage());
      System.exit(1);
    }
  }

  /** Answers GET and HEAD. */
  WebServer get(String path, Handler handler) {
    // Without a handler for HEAD, Javalin would answer it with an empty 200 and no delay.
    return route("GET", path, config -> config.routes.get(path, handler))
        .route("HEAD", path, config -> config.routes.head(path, handler));
  }

  WebServer post(String path, Handler handler) {
    return route("POST", path, config -> config.routes.post(path, handler));
  }

  private WebServer route(String method, String path, Consumer<JavalinConfig> addition) {
    routes.computeIfAbsent(path, key -> new ArrayList<>()).add(method);
    return with(addition);
  }

  /**
   * @param otherPaths paths that answer GET and HEAD although no route has exactly this name
   */
  WebServer otherPaths(Predicate<Context> otherPaths) {
    this.otherPaths = otherPaths;
    return this;
  }

  /** Adds to the configuration of Javalin. */
  WebServer with(Consumer<JavalinConfig> addition) {
    configuration = configuration.andThen(addition);
    return this;
  }

  /**
   * @throws IllegalArgumentException if the port cannot be opened
   */
  WebServer start() {
    javalin = Javalin.create(configuration).start();
    return this;
  }

  void stop() {
    javalin.stop();
  }

  int port() {
    return javalin.port();
  }

  Server jetty() {
    return javalin.jettyServer().server();
  }

  static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private void configure(JavalinConfig config) {
    config.jetty.threadPool = threads();
    config.jetty.addConnector(this::connector);
    config.jetty.modifyHttpConfiguration(WebServer::strict);
    config.jetty.modifyServer(
        server -> {
          server.setErrorHandler(badRequest::answerMalformed);
          server.setRequestLog(new AccessLog());
          server.setStopAtShutdown(true);
          server.setStopTimeout(STOP_TIMEOUT_MS);
        });
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.router.ignoreTrailingSlashes = false;
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.routes.exception(HttpResponseException.class, badRequest::answerRefused);
    config.routes.exception(Exception.class, badRequest::answerFailed);
  }

  /** Each request runs on a virtual thread. */
  private static ThreadPool threads() {
    var threads = new QueuedThreadPool(THREADS, 2);
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    return threads;
  }

  /** Opens the port before the server starts, so that the error names a port that is in use. */
  private ServerConnector connector(Server server, HttpConfiguration http) {
    var limit = new NetworkConnectionLimit(maxConnections, server);
    server.addBean(limit);
    var connections = new Connections(http, limit);
    connections.setUseInputDirectByteBuffers(false);
    connections.setInputBufferSize(READ_BUFFER);
    var connector = new ServerConnector(server, null, null, buffers(server), -1, -1, connections);
    connector.setPort(port);
    connector.setAcceptQueueSize(BACKLOG);
    try {
      connector.open();
    } catch (IOException e) {
      String reason = e.getCause().getMessage();
      String remedy = reason.equals("Permission denied") ? USE_OF_LOW_PORTS : "set PORT to another";
      throw new IllegalArgumentException("port %d: %s: %s".formatted(port, reason, remedy), e);
    }
    return connector;
  }

  /**
   * Pools the buffers of answers, which are direct, but not those of requests, which are on the
   * heap. Jetty 12.1 may still read from a client that it has refused when the buffer is already in
   * the pool. The next client would get these bytes in front of its own.
   */
  private static ByteBufferPool buffers(Server server) {
    return new ByteBufferPool.Wrapper(server.getByteBufferPool()) {
      @Override
      public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
        return direct ? super.acquire(size, true) : NON_POOLING.acquire(size, false);
      }
    };
  }

  /** Enforces HTTP/1.1 strictly, but a URI may name another host than the Host header. */
  private static void strict(HttpConfiguration http) {
    http.setHttpCompliance(
        HttpCompliance.STRICT.with("any host", HttpCompliance.Violation.MISMATCHED_AUTHORITY));
  }

  /** The methods that a path takes; none if there is no such path. */
  private List<String> methods(Context ctx) {
    List<String> methods = routes.getOrDefault(ctx.path(), List.of());
    return methods.isEmpty() && otherPaths.test(ctx) ? List.of("GET", "HEAD") : methods;
  }
}
