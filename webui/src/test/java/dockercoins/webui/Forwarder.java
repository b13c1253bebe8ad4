package dockercoins.webui;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Forwards TCP connections to a local port. If the port changes, open connections keep the old one,
 * as they do behind a name or a virtual IP that moves.
 */
final class Forwarder implements AutoCloseable {

  volatile int target;
  final AtomicInteger connections = new AtomicInteger();
  private final ServerSocket server;

  Forwarder(ServerSocket server, int target) {
    this.server = server;
    this.target = target;
    Thread.startVirtualThread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private void accept() {
    while (true) {
      try {
        Socket client = server.accept();
        connections.incrementAndGet();
        Thread.startVirtualThread(() -> forward(client));
      } catch (IOException e) {
        return; // the test has closed the server
      }
    }
  }

  private void forward(Socket client) {
    try (client;
        var redis = new Socket("localhost", target)) {
      Thread.startVirtualThread(() -> copyReplies(redis, client));
      InputStream requests = client.getInputStream();
      byte[] buffer = new byte[65_536];
      for (int n; (n = requests.read(buffer)) > 0; ) {
        redis.getOutputStream().write(buffer, 0, n);
      }
    } catch (IOException e) {
      // One side has closed the connection.
    }
  }

  private void copyReplies(Socket redis, Socket client) {
    try (redis;
        client) {
      OutputStream replies = client.getOutputStream();
      byte[] buffer = new byte[65_536];
      for (int n; (n = redis.getInputStream().read(buffer)) > 0; ) {
        replies.write(buffer, 0, n);
        replies.flush();
      }
    } catch (IOException e) {
      // One side has closed the connection.
    }
  }
}
