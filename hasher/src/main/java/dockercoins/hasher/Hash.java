package dockercoins.hasher;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/**
 * {@code POST /}: after the delay, the SHA-256 of the body in lower-case hexadecimal, text/plain,
 * without a newline. The body may have any type and length, and it may be chunked. The server does
 * not keep it in memory.
 */
final class Hash implements Handler {

  /**
   * Platform threads, one for each CPU. A body that arrives faster than it is hashed never waits.
   * On a virtual thread it would block all other requests, because the JVM interrupts no virtual
   * thread to let others run.
   */
  private final ThreadPoolExecutor hashers =
      (ThreadPoolExecutor)
          Executors.newFixedThreadPool(
              Runtime.getRuntime().availableProcessors(), Thread.ofPlatform().daemon().factory());

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
    delay.sleep(arrival);

    var upload = new Upload(request, hashers);
    Request.addCompletionListener(request, failure -> learn(upload, arrival));
    String hash = upload.hash().join();
    if (debug) {
      System.out.printf("Hashed %d bytes to %s%n", upload.length(), hash);
    }
    ctx.result(hash);
  }

  /** A body that arrives late says nothing about the time that the server needs. */
  private void learn(Upload upload, long arrival) {
    if (!upload.hasWaited()) {
      delay.learn(arrival);
    }
  }

  /** Answers 400 to a body that ends too soon, and 408 to a body that pauses for 30 s. */
  static void refuseBrokenBodies(JavalinConfig config) {
    String broken = "The body ended too soon, or its chunks are broken: send it whole";
    String paused = "The body paused for too long: send it without a pause";
    config.routes.exception(IOException.class, (e, ctx) -> BadRequest.answer(ctx, 400, broken));
    config.routes.exception(
        TimeoutException.class, (e, ctx) -> BadRequest.answer(ctx, 408, paused));
  }
}
