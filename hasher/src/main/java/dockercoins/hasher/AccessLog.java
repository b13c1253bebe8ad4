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

  private final PrintStream out = System.out;
  private final DateCache date = new DateCache("dd/MMM/yyyy:HH:mm:ss ZZZ", Locale.ENGLISH, "GMT");

  @Override
  public void log(Request request, Response response) {
    String line =
        Request.getRemoteAddr(request)
            + " - - ["
            + date.format(Request.getTimeStamp(request))
            + "] \""
            + request.getMethod()
            + " "
            + request.getHttpURI().getPathQuery()
            + " "
            + request.getConnectionMetaData().getProtocol()
            + "\" "
            + response.getStatus()
            + " "
            + Response.getContentBytesWritten(response);
    out.println(UNPRINTABLE.matcher(line).replaceAll("?"));
  }
}
