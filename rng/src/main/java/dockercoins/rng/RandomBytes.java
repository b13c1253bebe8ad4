package dockercoins.rng;

import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;

/**
 * {@code GET /<n>}: after the delay, n random bytes, application/octet-stream. n is decimal digits
 * (404 otherwise), at most {@link #MAX} (400 otherwise).
 */
final class RandomBytes implements Handler {

  static final int MAX = 32 * 1024 * 1024;

  private final SecureRandom random = new SecureRandom(); // on Linux it reads /dev/urandom
  private final ArrivalQueue queue;
  private final boolean debug;

  RandomBytes(ArrivalQueue queue, boolean debug) {
    this.queue = queue;
    this.debug = debug;
  }

  static boolean isNumber(String n) {
    return n.matches("[0-9]+");
  }

  @Override
  public void handle(Context ctx) throws IOException, InterruptedException {
    int count = count(ctx.pathParam("n"));
    if (debug) {
      System.out.printf("Serving %d bytes%n", count);
    }
    queue.delay(ctx);
    ctx.contentType("application/octet-stream").res().setContentLength(count);
    if (ctx.method() == HandlerType.GET) {
      write(count, ctx.outputStream());
    }
  }

  private static int count(String n) {
    if (!isNumber(n)) {
      throw new NotFoundResponse();
    }
    int count = n.matches("0*[0-9]{1,9}") ? Integer.parseInt(n) : Integer.MAX_VALUE;
    if (count > MAX) {
      String shown = n.length() > 20 ? n.substring(0, 20) + "..." : n;
      throw new BadRequestResponse(
          "%s bytes are too many: ask for at most %d".formatted(shown, MAX));
    }
    return count;
  }

  private void write(int count, OutputStream out) throws IOException {
    byte[] chunk = new byte[Math.min(count, 8192)];
    for (int left = count; left > 0; left -= chunk.length) {
      random.nextBytes(chunk);
      out.write(chunk, 0, Math.min(left, chunk.length));
    }
  }
}
