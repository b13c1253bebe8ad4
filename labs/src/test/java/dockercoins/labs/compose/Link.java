package dockercoins.labs.compose;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP proxy that behaves like a bad network or service when told to. */
final class Link implements AutoCloseable {

  /** Passes some bytes on, or spoils them. An exception resets the connection. */
  interface Fault {
    void pass(boolean reply, byte[] bytes, OutputStream to) throws Exception;
  }

  private static final Fault NONE = (reply, bytes, to) -> to.write(bytes);

  private final ServerSocket server = new ServerSocket(0);
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private volatile Fault fault = NONE;

  Link() throws IOException {
    Thread.startVirtualThread(this::accept);
  }

  /** The port that clients connect to. */
  int port() {
    return server.getLocalPort();
  }

  /** Sets the port of this machine to which connections are passed on. */
  void connectTo(int port) {
    target = port;
  }

  void spoil(Fault fault) {
    this.fault = fault;
  }

  /** Ends the fault. Open connections stay open. */
  void mend() {
    fault = NONE;
  }

  /** Resets all connections. */
  void cut() {
    sockets.forEach(Link::reset);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.startVirtualThread(() -> connect(client));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void connect(Socket client) {
    try (client;
        var service = new Socket("127.0.0.1", target)) {
      Thread.startVirtualThread(() -> pump(false, client, service));
      pump(true, service, client);
    } catch (IOException e) {
      reset(client); // the service refuses connections
    }
  }

  private void pump(boolean reply, Socket from, Socket to) {
    sockets.add(from);
    try {
      InputStream in = from.getInputStream();
      byte[] chunk = new byte[8192];
      int count;
      while ((count = in.read(chunk)) > 0) {
        fault.pass(reply, Arrays.copyOf(chunk, count), to.getOutputStream());
      }
      to.shutdownOutput();
    } catch (Exception e) {
      reset(from);
      reset(to);
    } finally {
      sockets.remove(from);
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // closed already
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
