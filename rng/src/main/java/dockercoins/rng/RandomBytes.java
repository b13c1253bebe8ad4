package dockercoins.rng;

import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.SecureRandom;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/**
 * {@code GET /<n>}: after the delay, n random bytes, application/octet-stream. n is decimal digits
 * (404 otherwise), at most {@link #MAX} (400 otherwise).
 */
final class RandomBytes implements Handler {

  static final int MAX = 32 * 1024 * 1024;

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
      throw new NotFoundResponse("/%s is not a number of bytes: ask for /32, say".formatted(n));
    }
    var asked = new BigInteger(n);
    if (asked.compareTo(BigInteger.valueOf(MAX)) > 0) {
      throw new BadRequestResponse("%s bytes are too many: ask for at most %d".formatted(n, MAX));
    }
    int count = asked.intValue();
    if (settings.debug()) {
      System.out.printf("Serving %d bytes%n", count);
    }
    Request request = ServletContextRequest.getServletContextRequest(ctx.req());
    delay.before(request, queue.turn(request));
    ctx.contentType("application/octet-stream").res().setContentLength(count);
    if (ctx.method() == HandlerType.GET) {
      write(count, ctx.outputStream());
    }
  }

  private void write(int count, OutputStream out) throws IOException {
    byte[] chunk = new byte[Math.min(count, 8192)];
    for (int left = count; left > 0; left -= chunk.length) {
      random.nextBytes(chunk);
      out.write(chunk, 0, Math.min(left, chunk.length));
    }
  }
}
