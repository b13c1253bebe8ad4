package dockercoins.webui;

import java.io.PrintStream;
import java.util.Locale;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.DateCache;

/** A line of the Common Log Format for each request. Whoever asks may not write lines. */
final class AccessLog implements RequestLog {

  private static final Pattern NOT_SHOWN = Pattern.compile("[^ -~]");

  private final PrintStream out = System.out;
  private final DateCache date =
      new DateCache("dd/MMM/yyyy:HH:mm:ss ZZZ", Locale.ENGLISH, "GMT"); // one text a second

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
    out.println(NOT_SHOWN.matcher(line).replaceAll("?"));
  }
}
