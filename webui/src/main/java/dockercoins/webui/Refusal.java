package dockercoins.webui;

import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Whatever is refused, and whoever refuses it: the answer is one plain sentence. */
final class Refusal {

  private static final String FAILED = "This failed, and not because of you: try again";

  /**
   * What was read and routed: 405 for a method that a path does not take, 404 for a path.
   *
   * @param file whether the path is that of a file
   */
  static void routed(HttpResponseException e, Context ctx, boolean file) {
    String path = ctx.path();
    String shown = path.length() < 80 ? path : path.substring(0, 80) + "...";
    if (e.getStatus() == 405 || file) {
      ctx.status(405).header("Allow", "GET, HEAD").result(shown + " takes only GET, HEAD\n");
    } else if (e.getStatus() == 404) {
      ctx.status(404).result(shown + " is not here: the page is at /index.html\n");
    } else {
      ctx.status(e.getStatus()).result(e.getMessage() + "\n");
    }
  }

  /** What should not have happened, on one line of the log. */
  static void failed(Exception e, Context ctx) {
    System.out.printf("%s %s: %s%n", ctx.method(), ctx.path(), e);
    ctx.status(500).result(FAILED + "\n");
  }

  /** What Jetty could not read. A path that cannot be decoded is none that is here: 404. */
  static boolean unread(Request request, Response response, Callback callback) {
    var cause = (Throwable) request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
    boolean noPath = request.getMethod().equals("BAD"); // so Jetty calls the method then
    if (request.getHttpURI().hasViolations()
        || noPath && cause.getCause() instanceof IllegalArgumentException) {
      response.setStatus(404);
    }
    int status = response.getStatus();
    String sentence =
        switch (status) {
          case 404 -> "This path is not here: the page is at /index.html";
          case 414 -> "The path is too long: keep it below 8 KiB";
          case 431 -> "The head of the request is too long: keep it below 8 KiB";
          case 426, 505 -> "This version of HTTP is not spoken here: ask with HTTP/1.1";
          case 500 -> FAILED;
          default ->
              cause instanceof HttpException bad && bad.getReason() != null
                  ? "This is not valid HTTP/1.1: " + bad.getReason()
                  : "This is not valid HTTP/1.1: " + HttpStatus.getMessage(status);
        };
    response
        .getHeaders()
        .put("Content-Type", "text/plain")
        .put("X-Content-Type-Options", "nosniff");
    Content.Sink.write(response, true, sentence + "\n", callback);
    return true;
  }
}
