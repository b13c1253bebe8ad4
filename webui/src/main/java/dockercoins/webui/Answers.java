package dockercoins.webui;

import io.javalin.config.JavalinConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Bounds the memory of answers that clients do not read. No thread waits for such a client: this
 * class collects the answer, compresses it, and sends it when the handler has finished. A direct
 * buffer is sent as it is, because several answers share it.
 */
final class Answers extends Handler.Wrapper {

  /**
   * How many bytes of answers may wait for clients to read them. Above this limit, the client whose
   * answer has waited longest is disconnected.
   */
  static final int MAX_UNREAD = 2 << 20;

  /** A smaller answer fits into one packet anyway. */
  private static final int MIN_GZIP = 1500;

  private static final int RESPONSE_HEADERS = 1024;

  /** Bytes that the kernel keeps until the client reads them. By default, it keeps up to 4 MiB. */
  private static final int SEND_BUFFER = 64 << 10;

  private final Map<EndPoint, Integer> unread = new LinkedHashMap<>(); // the oldest answer first
  private int unreadBytes;

  void configure(JavalinConfig config) {
    // No thread waits for a client, so a few platform threads suffice. A virtual thread for each
    // request would need memory for its stack.
    config.jetty.threadPool = new QueuedThreadPool(WebServer.THREADS, 2);
    config.jetty.modifyServer(server -> server.insertHandler(this));
    config.jetty.modifyHttpConfiguration(Answers::useSmallBuffers);
    config.events.serverStarting(
        () ->
            getServer()
                .getBeans(ServerConnector.class)
                .forEach(connector -> connector.setAcceptedSendBufferSize(SEND_BUFFER)));
  }

  /** By default, Jetty keeps 8 KiB for the headers of an unread answer, and 32 KiB for its body. */
  private static void useSmallBuffers(HttpConfiguration http) {
    http.setUseOutputDirectByteBuffers(false);
    http.setResponseHeaderSize(RESPONSE_HEADERS);
    http.setOutputAggregationSize(0);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    var answer = new Answer(request, response);
    return super.handle(
        request, answer, Callback.from(() -> answer.send(callback), callback::failed));
  }

  static boolean acceptsGzip(Request request) {
    return request.getHeaders().getQualityCSV(HttpHeader.ACCEPT_ENCODING).contains("gzip");
  }

  static boolean isCompressible(String contentType, int length) {
    return length >= MIN_GZIP
        && contentType != null
        && (contentType.startsWith("text/") || contentType.matches(".*(javascript|json|xml).*"));
  }

  static byte[] gzip(byte[] bytes) {
    var compressed = new ByteArrayOutputStream(bytes.length / 2);
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }

  private final class Answer extends Response.Wrapper {

    private ByteArrayOutputStream body = new ByteArrayOutputStream();

    Answer(Request request, Response response) {
      super(request, response);
    }

    @Override
    public void write(boolean last, ByteBuffer content, Callback callback) {
      if (content != null && content.isDirect()) {
        super.write(last, content, callback);
        return;
      }
      if (content != null) {
        body.write(
            content.array(), content.arrayOffset() + content.position(), content.remaining());
        content.position(content.limit());
      }
      callback.succeeded();
    }

    void send(Callback callback) {
      if (hasLastWrite()) {
        callback.succeeded();
        return;
      }
      byte[] bytes = body.toByteArray();
      body = null;
      getRequest().getComponents().getCache().clearAttributes(); // frees the state of the servlet
      if (isCompressible(getHeaders().get(HttpHeader.CONTENT_TYPE), bytes.length)) {
        getHeaders().put(HttpHeader.VARY, "Accept-Encoding");
        if (acceptsGzip(getRequest())) {
          getHeaders().put(HttpHeader.CONTENT_ENCODING, "gzip");
          bytes = gzip(bytes);
        }
      }
      EndPoint client = getRequest().getConnectionMetaData().getConnection().getEndPoint();
      add(client, bytes.length);
      super.write(true, ByteBuffer.wrap(bytes), Callback.from(() -> remove(client), callback));
    }
  }

  private void add(EndPoint client, int bytes) {
    EndPoint slowest = null;
    synchronized (unread) {
      unread.put(client, bytes);
      unreadBytes += bytes;
      if (unreadBytes > MAX_UNREAD) {
        slowest = unread.keySet().iterator().next();
      }
    }
    if (slowest != null) {
      remove(slowest);
      slowest.close(new EofException("the client did not read its answer"));
    }
  }

  private void remove(EndPoint client) {
    synchronized (unread) {
      Integer bytes = unread.remove(client);
      unreadBytes -= bytes == null ? 0 : bytes;
    }
  }
}
