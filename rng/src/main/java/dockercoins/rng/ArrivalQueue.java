package dockercoins.rng;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.QoSHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The bottleneck of the workshop: a queue in front of the server. It admits one request at a time,
 * or {@code CONCURRENCY}, in the order in which they arrived, whatever their method and path. Only
 * {@code /healthz} bypasses it.
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
    setMaxSuspendedRequestCount(-1); // unlimited: the connection limit also limits the queue
    excludePath(HEALTHZ);
    setHandler(new AtItsTurn());
  }

  /** Puts the queue in front of everything that the server does. */
  void configure(JavalinConfig config) {
    // Few requests run at a time, so platform threads are cheaper than virtual ones.
    config.jetty.threadPool = new QueuedThreadPool(settings.concurrency() + WebServer.THREADS, 2);
    config.jetty.modifyServer(server -> server.insertHandler(this));
    // By default, Jetty refuses ambiguous paths before they reach the queue. Here, they wait in it
    // like all other paths, and then get 404.
    config.jetty.modifyHttpConfiguration(
        http ->
            http.setUriCompliance(
                UriCompliance.LEGACY.without("no %u", UriCompliance.Violation.UTF16_ENCODINGS)));
  }

  /**
   * Sleeps until the simulated delay is over. The delay of a request that has waited in the queue
   * starts when the request before it ends, so that the hand-over does not slow the queue down.
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

    // Jetty calls the listeners in reverse order. QoSHandler has already added its own, so this one
    // runs before the queue admits the next request.
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
}
