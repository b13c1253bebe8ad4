package dockercoins.rng;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.QoSHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.NanoTime;

/**
 * The bottleneck of the workshop: however many clients there are, requests are served a few at a
 * time, in the order in which they arrived, whatever their method and path. Only {@code /healthz}
 * passes by the queue.
 */
final class ArrivalQueue extends QoSHandler {

  private volatile long freeSince = NanoTime.now();

  ArrivalQueue(int concurrency) {
    setMaxRequestCount(concurrency);
    setMaxSuspendedRequestCount(-1); // as many as there are connections
    excludePath("/healthz");
    setHandler(new Served());
  }

  /** When it was the turn of a request: as it arrived, or as the one before it was answered. */
  long turn(Request request) {
    long arrival = request.getBeginNanoTime();
    return NanoTime.isBefore(arrival, freeSince) ? freeSince : arrival;
  }

  /**
   * Past the queue: the last listener is called first, so before the queue lets the next one in.
   */
  private final class Served extends Handler.Wrapper {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      Request.addCompletionListener(request, failure -> freeSince = NanoTime.now());
      return super.handle(request, response, callback);
    }
  }
}
