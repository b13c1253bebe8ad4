package dockercoins.worker;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Request;

/** Measures how long one request waits for its answer, and sets up TCP keep-alive for it. */
final class RequestListener extends EventListener {

  private long sent;
  private long waited;

  /** The time from the end of the request to the start of the answer. */
  Duration waited() {
    return Duration.ofNanos(waited);
  }

  @Override
  public void connectionAcquired(Call call, Connection connection) {
    keepAlive(connection.socket());
  }

  @Override
  public void requestHeadersEnd(Call call, Request request) {
    sent = System.nanoTime();
  }

  @Override
  public void requestBodyEnd(Call call, long byteCount) {
    sent = System.nanoTime();
  }

  @Override
  public void responseHeadersStart(Call call) {
    waited += System.nanoTime() - sent;
  }

  /** Detects a dead peer after 5 s, because a live one may need a minute to answer. */
  private static void keepAlive(Socket socket) {
    try {
      socket.setKeepAlive(true);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 2);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
    } catch (IOException e) {
      // the socket is closed already, which the request will notice
    }
  }
}
