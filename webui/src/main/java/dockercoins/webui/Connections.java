package dockercoins.webui;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.NanoTime;

/**
 * The connections of a web server, and the limits that keep their clients from filling the heap, or
 * from keeping other clients out.
 *
 * <p>A connection takes at most {@link #MAX_BYTES} of the heap, with one small request. The heads
 * (request line and headers) of larger requests share {@link #MAX_HEADS}. So {@code n} connections
 * take at most {@code n * MAX_BYTES + MAX_HEADS}.
 */
final class Connections extends HttpConnectionFactory {

  /** Bytes of the heap that a connection takes with a small request, read buffer included. */
  static final int MAX_BYTES = 10 * 1024;

  /** Bytes of the heap that the heads of all large requests may take together. */
  static final int MAX_HEADS = 4 * 1024 * 1024;

  /** A head that takes no more bytes of the heap than this is small, and is always accepted. */
  private static final int SMALL_HEAD = 4096;

  /** Browsers send the cookies of all applications on the same host. */
  private static final int MAX_HEAD_LENGTH = 16 * 1024;

  private static final int MAX_FIELDS = 100;

  /** Bytes that a character takes in the header and in the parser's buffers, as measured. */
  private static final int BYTES_PER_CHARACTER = 3;

  /** Bytes that the objects of a header field take without its characters, as measured. */
  private static final int BYTES_PER_FIELD = 100;

  /** How long a client may take to send a head. */
  private static final int HEAD_TIMEOUT_S = 10;

  /**
   * At a limit, a client is disconnected if it sends less than this for two seconds while the
   * server waits for it.
   */
  private static final int MIN_BYTES_PER_SECOND = 1024;

  /** At a limit, a client that reads nothing of its answer for so long counts as slow, too. */
  private static final int MAX_UNREAD_MS = 1000;

  private final NetworkConnectionLimit limit;
  private final AtomicLong heads = new AtomicLong();
  private final AtomicBoolean watching = new AtomicBoolean();

  Connections(HttpConfiguration http, NetworkConnectionLimit limit) {
    super(http);
    this.limit = limit;
  }

  @Override
  public Connection newConnection(Connector connector, EndPoint client) {
    if (watching.compareAndSet(false, true)) {
      watch(connector);
    }
    return configure(new Bounded(connector, client), connector, client);
  }

  /** Closes slow connections once a second, while there are connections. */
  private void watch(Connector connector) {
    connector.getScheduler().schedule(() -> closeSlow(connector), 1, TimeUnit.SECONDS);
  }

  private void closeSlow(Connector connector) {
    boolean full =
        limit.getNetworkConnectionCount() >= limit.getMaxNetworkConnectionCount()
            || heads.get() > MAX_HEADS / 2;
    for (EndPoint client : connector.getConnectedEndPoints()) {
      Connection connection = client.getConnection();
      if (connection instanceof Bounded bounded && bounded.isTooSlow(full)) {
        client.close();
      }
    }
    if (connector.getConnectedEndPoints().isEmpty()) {
      watching.set(false);
    } else {
      watch(connector);
    }
  }

  private final class Bounded extends HttpConnection {

    private RequestHandler handler;
    private int fields;
    private long taken; // from MAX_HEADS
    private long requests;
    private long bytes;
    private int slowSeconds;
    private boolean closed;

    Bounded(Connector connector, EndPoint client) {
      super(Connections.this.getHttpConfiguration(), connector, client);
    }

    @Override
    protected RequestHandler newRequestHandler() {
      return handler = new Fields();
    }

    @Override
    protected HttpParser newHttpParser(HttpCompliance compliance) {
      return new Parser(handler, compliance);
    }

    private final class Fields extends RequestHandler {

      @Override
      public void messageBegin() {
        fields = 0;
        super.messageBegin();
      }

      @Override
      public void parsedHeader(HttpField field) {
        count();
        super.parsedHeader(field);
      }

      @Override
      public void parsedTrailer(HttpField field) {
        count();
        super.parsedTrailer(field);
      }

      private void count() {
        if (++fields > MAX_FIELDS) {
          throw new HttpException.RuntimeException(HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431);
        }
      }
    }

    /** Closes the connection if its head is large and {@link #MAX_HEADS} is used up. */
    private final class Parser extends HttpParser {

      Parser(HttpParser.RequestHandler handler, HttpCompliance compliance) {
        super(handler, MAX_HEAD_LENGTH, compliance);
        // By default, the parser keeps header fields for the next request, and takes 100 KiB for
        // them.
        setHeaderCacheSize(0);
      }

      @Override
      public boolean parseNext(ByteBuffer buffer) {
        if (client().getWriteFlusher().isFailed()) {
          // The client is gone. By default, Jetty still handles the requests that it has sent.
          buffer.position(buffer.limit());
          getEndPoint().close();
          return false;
        }
        boolean inHead = inHeaderState();
        boolean handle = super.parseNext(buffer);
        if (!take()) {
          getEndPoint().close();
          return handle && !inHead; // the server must not handle a refused head
        }
        return handle;
      }
    }

    /**
     * Takes bytes from {@link #MAX_HEADS} for the largest head so far, because the parser keeps its
     * buffers until the connection closes.
     */
    private synchronized boolean take() {
      long more =
          (long) getParser().getHeaderLength() * BYTES_PER_CHARACTER
              + (long) fields * BYTES_PER_FIELD
              - SMALL_HEAD
              - taken;
      if (more <= 0 || closed) {
        return true;
      }
      if (heads.addAndGet(more) > MAX_HEADS) {
        heads.addAndGet(-more);
        return false;
      }
      taken += more;
      return true;
    }

    @Override
    public void onClose(Throwable cause) {
      giveBack();
      super.onClose(cause);
    }

    private synchronized void giveBack() {
      heads.addAndGet(-taken);
      closed = true;
    }

    private AbstractEndPoint client() {
      return (AbstractEndPoint) getEndPoint();
    }

    boolean isTooSlow(boolean full) {
      boolean sendsTooLittle =
          client().isFillInterested()
              && getMessagesIn() == requests
              && getBytesIn() - bytes < MIN_BYTES_PER_SECOND;
      boolean readsNothing =
          client().getWriteFlusher().isPending() && client().getIdleFor() > MAX_UNREAD_MS;
      slowSeconds = sendsTooLittle || readsNothing ? slowSeconds + 1 : 0;
      requests = getMessagesIn();
      bytes = getBytesIn();
      return full && slowSeconds >= 2 || headTookTooLong();
    }

    private boolean headTookTooLong() {
      return getParser().inHeaderState()
          && !getParser().isStart()
          && NanoTime.secondsSince(getParser().getBeginNanoTime()) >= HEAD_TIMEOUT_S;
    }
  }
}
