import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import redis.embedded.RedisServer;

/**
 * Runs the command in the arguments, which starts a worker, and stands in for its services.
 * Meanwhile the JVM of the worker records what it loads, and when it ends, it writes the AOT cache.
 */
final class Train {

  public static void main(String[] command) throws Exception {
    new RedisServer(6379).start();
    var worker = new ProcessBuilder(command).inheritIO();
    worker.environment().put("RNG_URL", "http://localhost/");
    worker.environment().put("HASHER_URL", "http://localhost/");
    worker.environment().put("REDIS_URL", "redis://localhost:6379");
    worker.environment().put("DELAY_MS", "0");

    var units = new CountDownLatch(100);
    var sha256 = MessageDigest.getInstance("SHA-256");
    var http = HttpServer.create(new InetSocketAddress(80), 0);
    http.createContext(
        "/32",
        exchange -> answer(exchange, ByteBuffer.allocate(32).putLong(units.getCount()).array()));
    http.createContext(
        "/",
        exchange -> {
          byte[] hash = sha256.digest(exchange.getRequestBody().readAllBytes());
          answer(exchange, HexFormat.of().formatHex(hash).getBytes());
          units.countDown();
        });
    http.start();

    Process process = worker.start();
    while (process.isAlive() && units.getCount() > 0) {
      Thread.sleep(10);
    }
    process.destroy();
    System.exit(process.waitFor() == 143 ? 0 : 1); // 143: ended by destroy()
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
