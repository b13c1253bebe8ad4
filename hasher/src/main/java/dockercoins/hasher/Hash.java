package dockercoins.hasher;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;

/**
 * {@code POST /}: after the delay, the SHA-256 of the body in lower-case hexadecimal, text/plain,
 * without a newline. The body may have any type and length, and it may be chunked. The server does
 * not keep it in memory.
 */
final class Hash implements Handler {

  private final Delay delay;
  private final boolean debug;

  Hash(Settings settings) {
    delay = new Delay(settings.delayMs());
    debug = settings.debug();
  }

  @Override
  public void handle(Context ctx) throws Exception {
    Request request = ServletContextRequest.getServletContextRequest(ctx.req());
    long arrival = request.getBeginNanoTime();
    Request.addCompletionListener(request, failure -> delay.learn(arrival));
    delay.sleep(arrival);

    var sha256 = MessageDigest.getInstance("SHA-256");
    long length =
        ctx.bodyInputStream()
            .transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
    String hash = HexFormat.of().formatHex(sha256.digest());
    if (debug) {
      System.out.printf("Hashed %d bytes to %s%n", length, hash);
    }
    ctx.result(hash);
  }

  /** Answers 400 to a body that ends too soon, and 408 to a body that pauses for 30 s. */
  static void refuseBrokenBodies(JavalinConfig config) {
    String broken = "The body ended too soon, or its chunks are broken: send it whole";
    String paused = "The body paused for too long: send it without a pause";
    config.routes.exception(EofException.class, (e, ctx) -> BadRequest.answer(ctx, 400, broken));
    config.routes.error(408, ctx -> BadRequest.answer(ctx, 408, paused));
  }
}
