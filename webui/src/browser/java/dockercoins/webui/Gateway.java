package dockercoins.webui;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okhttp3.OkHttpClient;
import okhttp3.Request;

/** A gateway between the browser and webui, which can answer some paths itself. */
final class Gateway implements AutoCloseable {

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final OkHttpClient client = new OkHttpClient.Builder().followRedirects(false).build();
  private final Map<String, HttpHandler> answers = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final String webui;

  Gateway(int webuiPort) throws IOException {
    webui = "http://localhost:" + webuiPort;
    server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  void answer(String path, HttpHandler handler) {
    answers.put(path, handler);
  }

  void answer(String path, int status, String type, String body) {
    answer(path, exchange -> send(exchange, status, type, body.getBytes(UTF_8)));
  }

  /** Passes all requests to webui. */
  void passAll() {
    answers.clear();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      HttpHandler answer = answers.get(exchange.getRequestURI().getPath());
      if (answer != null) {
        answer.handle(exchange);
      } else {
        pass(exchange);
      }
    }
  }

  private void pass(HttpExchange exchange) throws IOException {
    var request = new Request.Builder().url(webui + exchange.getRequestURI()).build();
    try (var answer = client.newCall(request).execute()) {
      if (answer.header("Location") != null) {
        exchange.getResponseHeaders().set("Location", answer.header("Location"));
      }
      send(exchange, answer.code(), answer.header("Content-Type"), answer.body().bytes());
    }
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    if (type != null) {
      exchange.getResponseHeaders().set("Content-Type", type);
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
