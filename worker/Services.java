import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/** Stands in for rng and hasher while the image is built, and counts units of work. */
final class Services {

  public static void main(String[] arguments) throws Exception {
    var units = new AtomicLong();
    var sha256 = MessageDigest.getInstance("SHA-256");
    var http = HttpServer.create(new InetSocketAddress(80), 0);
    http.createContext("/units", exchange -> answer(exchange, units.toString().getBytes()));
    http.createContext(
        "/32", exchange -> answer(exchange, ByteBuffer.allocate(32).putLong(units.get()).array()));
    http.createContext(
        "/",
        exchange -> {
          byte[] hash = sha256.digest(exchange.getRequestBody().readAllBytes());
          answer(exchange, HexFormat.of().formatHex(hash).getBytes());
          units.incrementAndGet();
        });
    http.start();
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
