package dockercoins.webui;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.util.List;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses requests with one plain sentence, whether Jetty or Javalin found the fault.
 *
 * @param notFound the end of the sentence about an unknown path, which begins with the path
 * @param methods the methods that a path takes; none if there is no such path
 */
record BadRequest(String notFound, Function<Context, List<String>> methods) {

  private static final int MAX_PATH_SHOWN = 80;
  private static final String FAILED = "The server failed to answer: try again";

  /** Answers requests that Jetty rejects before routing. */
  boolean answerMalformed(Request request, Response response, Callback callback) {
    if (request.getMethod().equals("OPTIONS") && request.getHttpURI().getPath().equals("*")) {
      response.setStatus(200); // asks about the whole server (RFC 9110, 9.3.7)
      callback.succeeded();
      return true;
    }
    var cause = (Throwable) request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
    boolean unparsed = request.getMethod().equals("BAD"); // Jetty's name for a method it never read
    if (request.getHttpURI().hasViolations()
        || unparsed && cause.getCause() instanceof IllegalArgumentException) {
      response.setStatus(404); // no file and no endpoint has a path that cannot be decoded
    }
    int status = response.getStatus();
    String sentence =
        switch (status) {
          case 404 -> "This path " + notFound;
          case 414 -> "The path is too long: keep it below 16 KiB";
          case 431 ->
              "The request line and headers are too long: keep them below 16 KiB, and send at most"
                  + " 100 headers";
          case 426, 505 -> "This version of HTTP is not supported: use HTTP/1.1";
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

  /** Answers requests that no route takes, and those that a handler refuses. */
  void answerRefused(HttpResponseException e, Context ctx) {
    List<String> allowed = methods.apply(ctx);
    if (e.getStatus() != 404) {
      answer(ctx, e.getStatus(), e.getMessage());
    } else if (allowed.isEmpty() || allowed.contains(ctx.method().name())) {
      answer(ctx, 404, shown(ctx.path()) + " " + notFound);
    } else {
      String list = String.join(", ", allowed);
      ctx.header("Allow", list);
      if (ctx.method() == HandlerType.OPTIONS) {
        ctx.status(200); // health checks of load balancers send OPTIONS
      } else {
        answer(ctx, 405, shown(ctx.path()) + " takes only " + list);
      }
    }
  }

  /** Answers requests that fail through a fault of the server, and logs the fault on one line. */
  void answerFailed(Exception e, Context ctx) {
    System.out.printf("%s %s: %s%n", ctx.method(), ctx.path(), e);
    answer(ctx, 500, FAILED);
  }

  static void answer(Context ctx, int status, String sentence) {
    ctx.status(status).header("X-Content-Type-Options", "nosniff").result(sentence + "\n");
  }

  private static String shown(String path) {
    return path.length() < MAX_PATH_SHOWN ? path : path.substring(0, MAX_PATH_SHOWN) + "...";
  }
}
