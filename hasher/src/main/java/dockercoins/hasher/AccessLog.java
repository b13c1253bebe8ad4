package dockercoins.hasher;

import java.io.PrintStream;
import java.util.Locale;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.DateCache;

/** Writes a line in Common Log Format for each request. */
final class AccessLog implements RequestLog {

  /** Replaced, so that a client cannot forge log lines. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");

  /** Jetty's stand-in for a request line that it could not read. */
  private static final String NO_REQUEST_LINE = "BAD /badMessage";

  private final PrintStream out = System.out;
  private final DateCache date = new DateCache("dd/MMM/yyyy:HH:mm:ss ZZZ", Locale.ENGLISH, "GMT");

  @Override
  public void log(Request request, Response response) {
    String line =
        Request.getRemoteAddr(request)
            + " - - ["
            + date.format(Request.getTimeStamp(request))
            + "] \""
            + requestLine(request).replace("\\", "\\\\").replace("\"", "\\\"")
            + "\" "
            + response.getStatus()
            + " "
            + Response.getContentBytesWritten(response);
    out.println(UNPRINTABLE.matcher(line).replaceAll("?"));
  }

  /** The request line, or a dash if the client sent none that Jetty could read. */
  private static String requestLine(Request request) {
    String line = request.getMethod() + " " + request.getHttpURI().getPathQuery();
    return line.equals(NO_REQUEST_LINE)
        ? "-"
        : line + " " + request.getConnectionMetaData().getProtocol();
  }
}
