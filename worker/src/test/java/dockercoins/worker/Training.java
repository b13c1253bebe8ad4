package dockercoins.worker;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisServer;

/**
 * Lets the command in the arguments, which starts a worker, mine for a while: the image is built
 * with what it loads.
 */
final class Training {

  private static final int UNITS = 100; // among which are coins

  public static void main(String[] command) throws Exception {
    var mined = new CountDownLatch(UNITS);
    var redis = new RedisServer(6379);
    var http = HttpServer.create(new InetSocketAddress("localhost", 80), 0);
    http.createContext("/32", Training::randomBytes);
    http.createContext("/", hash(mined));
    redis.start();
    http.start();

    var worker = new ProcessBuilder(command).inheritIO();
    worker.environment().put("RNG_URL", "http://localhost/");
    worker.environment().put("HASHER_URL", "http://localhost/");
    worker.environment().put("REDIS_URL", "redis://localhost:6379");
    worker.environment().put("DELAY_MS", "0");
    Process process = worker.start();
    boolean trained = mined.await(1, TimeUnit.MINUTES);
    process.destroy();
    process.waitFor();
    http.stop(0);
    redis.stop();
    if (!trained) {
      throw new IllegalStateException("no %d units of work within a minute".formatted(UNITS));
    }
  }

  private static void randomBytes(HttpExchange exchange) throws IOException {
    byte[] bytes = new byte[32];
    ThreadLocalRandom.current().nextBytes(bytes);
    answer(exchange, bytes);
  }

  private static HttpHandler hash(CountDownLatch mined) throws NoSuchAlgorithmException {
    var sha256 = MessageDigest.getInstance("SHA-256");
    return exchange -> {
      byte[] hash = sha256.digest(exchange.getRequestBody().readAllBytes());
      answer(exchange, HexFormat.of().formatHex(hash).getBytes());
      mined.countDown();
    };
  }

  private static void answer(HttpExchange exchange, byte[] body) throws IOException {
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
