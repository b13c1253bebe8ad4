package dockercoins.hasher;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;

/**
 * {@code POST /}: after the delay, the SHA-256 of the body in lower-case hexadecimal, text/plain,
 * without a newline. The body may be of any type and length, chunked too; it is not kept.
 */
final class Hash implements Handler {

  private final Settings settings;
  private final Delay delay;

  Hash(Settings settings) {
    this.settings = settings;
    delay = new Delay(settings.delayMs());
  }

  @Override
  public void handle(Context ctx) throws Exception {
    Request request = ServletContextRequest.getServletContextRequest(ctx.req());
    delay.before(request);
    var sha256 = MessageDigest.getInstance("SHA-256");
    long length =
        ctx.bodyInputStream()
            .transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
    String hash = HexFormat.of().formatHex(sha256.digest());
    if (settings.debug()) {
      System.out.printf("Hashed %d bytes to %s%n", length, hash);
    }
    ctx.result(hash);
  }
}
