package dockercoins.hasher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HasherTest {

  private static final String HASH_OF_HELLO =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  private static final OkHttpClient client =
      new OkHttpClient.Builder().readTimeout(Duration.ofMinutes(1)).build();
  private static WebServer server;

  @BeforeAll
  static void start() {
    server = Hasher.server(new Settings(0, 100, false)).start();
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @Test
  void saysWhereItRuns() throws IOException {
    try (Response response = get("/")) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.header("Content-Type")).startsWith("text/plain");
      assertThat(response.body().string()).matches("HASHER running on \\S+\n");
    }
  }

  @Test
  void isHealthy() throws IOException {
    try (Response response = get("/healthz")) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.body().string()).isEqualTo("ok");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain"
      })
  void hashesABodyOfAnyType(String type) throws IOException {
    assertThat(hash(RequestBody.create("hello", MediaType.get(type)))).isEqualTo(HASH_OF_HELLO);
  }

  @Test
  void hashesABodyWithoutAType() throws IOException {
    assertThat(hash(RequestBody.create("hello", null))).isEqualTo(HASH_OF_HELLO);
  }

  @Test
  void hashesAnEmptyBody() throws IOException {
    assertThat(hash(RequestBody.create(new byte[0], null)))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void hashesAChunkedGibibyteWithTheHeapOfTheImage() throws IOException {
    assertThat(Runtime.getRuntime().maxMemory()).isEqualTo(48 << 20);

    assertThat(hash(new Zeros(1 << 30))) // head -c 1G /dev/zero | sha256sum
        .isEqualTo("49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14");
  }

  @Test
  void fiftyRequestsAtOnceTakeLittleLongerThanOne() throws Exception {
    Callable<String> post = () -> hash(RequestBody.create("hello", null));
    post.call();
    long start = System.nanoTime();

    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> hash : clients.invokeAll(Collections.nCopies(50, post))) {
        assertThat(hash.get()).isEqualTo(HASH_OF_HELLO);
      }
    }

    Duration all = Duration.ofNanos(System.nanoTime() - start);
    System.out.printf("50 x POST / at once: %d ms, ideal 100 ms%n", all.toMillis());
    assertThat(all).isBetween(Duration.ofMillis(95), Duration.ofMillis(500));
  }

  @Test
  void aLargeBodyDelaysNobody() throws Exception {
    assertThatUploadsDelayNobody("Content-Length: 9000000000\r\n\r\n", "0");
  }

  @Test
  void aBodyOfTinyChunksDelaysNobody() throws Exception {
    assertThatUploadsDelayNobody("Transfer-Encoding: chunked\r\n\r\n", "1\r\n0\r\n");
  }

  /** Sends more endless bodies than the server has CPUs, each as fast as the server reads it. */
  private static void assertThatUploadsDelayNobody(String length, String part) throws Exception {
    byte[] parts = part.repeat(8192).getBytes(US_ASCII);
    List<Socket> uploads = new ArrayList<>();
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i <= Runtime.getRuntime().availableProcessors(); i++) {
      Socket upload = send(server, length);
      uploads.add(upload);
      senders.add(Thread.ofPlatform().start(() -> sendUntilClosed(upload, parts)));
    }
    List<Duration> gets = new ArrayList<>();
    List<Duration> posts = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      gets.add(time(() -> get("/").close()));
      posts.add(time(() -> hash(RequestBody.create("hello", null))));
    }
    for (Socket upload : uploads) {
      upload.close();
    }
    for (Thread sender : senders) {
      sender.join();
    }
    gets.sort(null);
    posts.sort(null);
    System.out.printf("GET / during uploads: %s, POST /: %s%n", gets, posts);
    assertThat(gets.get(gets.size() / 2)).isLessThan(Duration.ofMillis(50));
    assertThat(posts.get(posts.size() / 2)).isLessThan(Duration.ofMillis(300));
  }

  private static Duration time(ThrowingRunnable request) throws Exception {
    long start = System.nanoTime();
    request.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  private static void sendUntilClosed(Socket socket, byte[] bytes) {
    try {
      while (true) {
        socket.getOutputStream().write(bytes);
      }
    } catch (IOException e) {
      // the test has closed the socket
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33})
  void noAnswerComesBeforeTheDelayIsOver(int clients) throws Exception {
    Callable<Duration> tenPosts =
        () -> {
          Duration shortest = Duration.ofMinutes(1);
          for (int i = 0; i < 10; i++) {
            Duration post = time(() -> hash(RequestBody.create("hello", null)));
            shortest = post.compareTo(shortest) < 0 ? post : shortest;
          }
          return shortest;
        };
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Duration> shortest : executor.invokeAll(Collections.nCopies(clients, tenPosts))) {
        assertThat(shortest.get()).isGreaterThan(Duration.ofMillis(93));
      }
    }
  }

  @Test
  void aStopAnswersRequestsInFlight() throws Exception {
    WebServer stopped = Hasher.server(new Settings(0, 500, false)).start();
    try (Socket socket = send(stopped, "Content-Length: 5\r\n\r\nhello")) {
      await().until(() -> !connector(stopped).getConnectedEndPoints().isEmpty());
      stopped.stop();
      assertThat(answer(socket)).startsWith("HTTP/1.1 200").endsWith(HASH_OF_HELLO);
    }
  }

  @ParameterizedTest
  @CsvSource({"GET, /abc", "POST, /abc", "GET, /healthz/"})
  void anUnknownPathIsNotFound(String method, String path) throws IOException {
    var body = method.equals("POST") ? RequestBody.create("hello", null) : null;
    var request = new Request.Builder().url(url(path)).method(method, body).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /, 'GET, HEAD, POST'",
    "BREW, /, 'GET, HEAD, POST'",
    "post, /, 'GET, HEAD, POST'",
    "POST, /healthz, 'GET, HEAD'"
  })
  void anotherMethodIsNotAllowed(String method, String path, String allowed) throws IOException {
    var body = RequestBody.create("hello", null);
    var request = new Request.Builder().url(url(path)).method(method, body).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(405);
      assertThat(response.header("Allow")).isEqualTo(allowed);
      assertThat(response.body().string()).isEqualTo("%s takes only %s\n", path, allowed);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 9223372036854775807\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello"
      })
  void aBrokenBodyIsRefused(String lengthAndBody) throws IOException {
    try (Socket socket = send(server, lengthAndBody)) {
      socket.shutdownOutput();
      assertThat(answer(socket))
          .startsWith("HTTP/1.1 400 ")
          .endsWith("\r\n\r\nThe body ended too soon, or its chunks are broken: send it whole\n");
    }
  }

  @Test
  void aBodyThatPausesTooLongIsRefused() throws IOException {
    WebServer impatient = Hasher.server(new Settings(0, 0, false)).start();
    connector(impatient).setIdleTimeout(500);
    try (Socket socket = send(impatient, "Content-Length: 10\r\n\r\nhello")) {
      assertThat(answer(socket))
          .startsWith("HTTP/1.1 408 ")
          .endsWith("\r\n\r\nThe body paused for too long: send it without a pause\n");
    } finally {
      impatient.stop();
    }
  }

  @Test
  void aClientThatWaitsForTheDelayIsNotIdle() throws IOException {
    WebServer slow = Hasher.server(new Settings(0, 600, false)).start();
    connector(slow).setIdleTimeout(200);
    try (Socket socket = send(slow, "Content-Length: 5\r\n\r\nhello")) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
    } finally {
      slow.stop();
    }
  }

  @Test
  void answersPipelinedBodiesInOrder() throws IOException {
    String host = " HTTP/1.1\r\nHost: hasher\r\n";
    String post = "POST /" + host + "Content-Length: 2\r\n\r\nab";
    String last = "GET /" + host + "Connection: close\r\n\r\n";
    try (var socket = new Socket("localhost", server.port())) {
      String requests = post + "GET /abc" + host + "\r\n" + post + last;
      socket.getOutputStream().write(requests.getBytes(US_ASCII));
      assertThat(answer(socket))
          .matches("(?s)HTTP/1.1 200 .+fb8e20fc.+ 404 .+/abc is.+ 200 .+fb8e20fc.+ 200 .+HASHER.+");
    }
  }

  private static Socket send(WebServer server, String lengthAndBody) throws IOException {
    var socket = new Socket("localhost", server.port());
    String head = "POST / HTTP/1.1\r\nHost: hasher\r\nConnection: close\r\n";
    socket.getOutputStream().write((head + lengthAndBody).getBytes(US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  private static ServerConnector connector(WebServer server) {
    return (ServerConnector) server.jetty().getConnectors()[0];
  }

  @Test
  void aPortInUseIsReported() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hasher.server(new Settings(server.port(), 0, false)).start())
        .withMessage("port %d: Address already in use: set PORT to another", server.port());
  }

  private static String hash(RequestBody body) throws IOException {
    try (Response response =
        client.newCall(new Request.Builder().url(url("/")).post(body).build()).execute()) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.header("Content-Type")).startsWith("text/plain");
      return response.body().string();
    }
  }

  private static Response get(String path) throws IOException {
    return client.newCall(new Request.Builder().url(url(path)).build()).execute();
  }

  private static String url(String path) {
    return "http://localhost:" + server.port() + path;
  }

  /** A body without a known length, which OkHttp sends in chunks. */
  private static final class Zeros extends RequestBody {
    private final int count;

    Zeros(int count) {
      this.count = count;
    }

    @Override
    public MediaType contentType() {
      return null;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      byte[] chunk = new byte[8192];
      for (int left = count; left > 0; left -= chunk.length) {
        sink.write(chunk);
      }
    }
  }
}
