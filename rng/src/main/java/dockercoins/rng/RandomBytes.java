package dockercoins.rng;

import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * {@code GET /<n>}: after the delay, n random bytes, application/octet-stream. n is decimal digits
 * (404 otherwise), at most {@link #MAX} (400 otherwise).
 */
final class RandomBytes implements Handler {

  static final int MAX = 32 * 1024 * 1024;

  /** A client that has not taken its bytes by then is cut off: it would hold the queue. */
  static final int TAKEN_S = 5;

  private final SecureRandom random = new SecureRandom(); // on Linux it reads /dev/urandom
  private final Settings settings;
  private final ArrivalQueue queue;
  private final Delay delay;

  RandomBytes(Settings settings, ArrivalQueue queue) {
    this.settings = settings;
    this.queue = queue;
    delay = new Delay(settings.delayMs());
  }

  @Override
  public void handle(Context ctx) throws IOException, InterruptedException {
    String n = ctx.pathParam("n");
    if (!n.matches("[0-9]+")) {
      throw new NotFoundResponse();
    }
    int count = n.matches("0*[0-9]{1,9}") ? Integer.parseInt(n) : Integer.MAX_VALUE;
    if (count > MAX) {
      String asked = n.length() > 20 ? n.substring(0, 20) + "..." : n;
      throw new BadRequestResponse(
          "%s bytes are too many: ask for at most %d".formatted(asked, MAX));
    }
    if (settings.debug()) {
      System.out.printf("Serving %d bytes%n", count);
    }
    Request request = ServletContextRequest.getServletContextRequest(ctx.req());
    delay.before(request, queue.turn(request));
    ctx.contentType("application/octet-stream").res().setContentLength(count);
    if (ctx.method() == HandlerType.GET) {
      limitTime(request);
      write(count, ctx.outputStream());
    }
  }

  private static void limitTime(Request request) {
    EndPoint client = request.getConnectionMetaData().getConnection().getEndPoint();
    Runnable close = () -> client.close(new EofException("not taken in time"));
    Scheduler.Task cut =
        request.getComponents().getScheduler().schedule(close, TAKEN_S, TimeUnit.SECONDS);
    Request.addCompletionListener(request, failure -> cut.cancel());
  }

  private void write(int count, OutputStream out) throws IOException {
    byte[] chunk = new byte[Math.min(count, 8192)];
    for (int left = count; left > 0; left -= chunk.length) {
      random.nextBytes(chunk);
      out.write(chunk, 0, Math.min(left, chunk.length));
    }
  }
}
