package dockercoins.rng;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.QoSHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The bottleneck of the workshop. The server handles one request at a time, or a few, in the order
 * in which they arrived, whatever their method and path. Only {@code /healthz} bypasses the queue.
 */
final class ArrivalQueue extends QoSHandler {

  /**
   * How long a client may take to read its answer, in seconds. A slower one is disconnected,
   * because it blocks everybody behind it.
   */
  static final int READ_TIMEOUT_S = 5;

  private static final String HEALTHZ = "/healthz";
  private static final String TURN = "turn";

  private final Settings settings;
  private final Delay delay;
  private volatile long freeSince = NanoTime.now();

  ArrivalQueue(Settings settings) {
    this.settings = settings;
    delay = new Delay(settings.delayMs());
    setMaxRequestCount(settings.concurrency());
    setMaxSuspendedRequestCount(-1); // the limit of connections is limit enough
    excludePath(HEALTHZ);
    setHandler(new AtItsTurn());
  }

  /** Puts the queue in front of everything that the server does. */
  void configure(JavalinConfig config) {
    // Few requests run at a time, so platform threads are cheaper than virtual ones.
    config.jetty.threadPool = new QueuedThreadPool(settings.concurrency() + WebServer.THREADS, 2);
    config.jetty.modifyServer(server -> server.insertHandler(this));
    config.events.serverStarted(this::takeOverIdleConnections);
    // Jetty refuses ambiguous paths before the queue by default. Here they wait, and are a 404
    // then.
    config.jetty.modifyHttpConfiguration(
        http ->
            http.setUriCompliance(
                UriCompliance.LEGACY.without("no %u", UriCompliance.Violation.UTF16_ENCODINGS)));
  }

  /**
   * Sleeps until the simulated delay is over. It began when the turn of the request came, so that
   * the time between two requests does not slow the queue down.
   */
  void delay(Context ctx) throws InterruptedException {
    Turn turn = ctx.attribute(TURN);
    turn.delayed = true;
    delay.sleep(turn.start);
  }

  private static final class Turn {
    final long start;
    volatile boolean delayed;

    Turn(long start) {
      this.start = start;
    }
  }

  private final class AtItsTurn extends Handler.Wrapper {

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      if (!Request.getPathInContext(request).equals(HEALTHZ)) {
        begin(request);
      }
      return super.handle(request, response, callback);
    }
  }

  private void begin(Request request) {
    long arrival = request.getBeginNanoTime();
    var turn = new Turn(NanoTime.isBefore(arrival, freeSince) ? freeSince : arrival);
    request.setAttribute(TURN, turn);

    EndPoint client = request.getConnectionMetaData().getConnection().getEndPoint();
    Scheduler.Task disconnect =
        getServer()
            .getScheduler()
            .schedule(
                () -> client.close(new EofException("the client did not read its answer")),
                settings.delayMs() + TimeUnit.SECONDS.toMillis(READ_TIMEOUT_S),
                TimeUnit.MILLISECONDS);

    // Jetty calls the listener that was added last first. QoSHandler added its own before, so all
    // of this happens before the queue lets the next request in.
    Request.addCompletionListener(
        request,
        failure -> {
          disconnect.cancel();
          if (turn.delayed) {
            delay.learn(turn.start);
          }
          freeSince = NanoTime.now();
        });
  }

  /**
   * At the limit of connections, closes those that have been idle for too long and have no request
   * in the queue. An idle timeout would do the same, but would also go off for every connection
   * that waits in the queue, again and again.
   */
  private void takeOverIdleConnections() {
    var limit = getServer().getBean(NetworkConnectionLimit.class);
    limit.setEndPointIdleTimeout(0);
    closeIdleConnections(limit);
  }

  private void closeIdleConnections(NetworkConnectionLimit limit) {
    if (limit.getNetworkConnectionCount() >= limit.getMaxNetworkConnectionCount()) {
      for (EndPoint client : getServer().getConnectors()[0].getConnectedEndPoints()) {
        Connection connection = client.getConnection();
        boolean waits = connection.getMessagesIn() > connection.getMessagesOut();
        long idleMs = ((AbstractEndPoint) client).getIdleFor();
        if (!waits && idleMs > WebServer.MAX_IDLE_WHEN_FULL_MS) {
          client.close();
        }
      }
    }
    getServer()
        .getScheduler()
        .schedule(
            () -> closeIdleConnections(limit),
            WebServer.MAX_IDLE_WHEN_FULL_MS,
            TimeUnit.MILLISECONDS);
  }
}
