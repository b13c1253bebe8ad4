package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import io.javalin.Javalin;
import io.javalin.http.Handler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpServicesTest {

  private static final String SHA_256 = // printf 'hello, I am thirty-two bytes now' | sha256sum
      "244053cfdacfe30ed61d2d7b417008dff91c9e81a78304bfb9e06a3279e5818b";

  private final List<Javalin> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(Javalin::stop);
  }

  @Test
  void sendsRequestsToRngAndHasher() throws IOException {
    byte[] bytes = "hello, I am thirty-two bytes now".getBytes();
    List<String> asked = new ArrayList<>();
    Handler handler =
        ctx -> {
          asked.add("%s %s %s".formatted(ctx.method(), ctx.path(), ctx.contentType()));
          ctx.result(ctx.path().equals("/32") ? bytes : SHA_256.getBytes());
        };
    var services = services("localhost", serve("127.0.0.1", 0, handler));

    assertThat(services.randomBytes().value()).isEqualTo(bytes);
    assertThat(services.hash(bytes).value()).isEqualTo(SHA_256);
    assertThat(asked).containsExactly("GET /32 null", "POST / application/octet-stream");
  }

  @Test
  void refusesAnAnswerThatIsNot32Bytes() {
    var services = services("localhost", serve("127.0.0.1", 0, ctx -> ctx.result(new byte[31])));

    assertThatIOException()
        .isThrownBy(services::randomBytes)
        .withMessage("it sent 31 bytes instead of 32");
  }

  @Test
  void refusesAHugeAnswerWithoutReadingIt() {
    int mebibytes = 100; // more than the heap
    Handler handler =
        ctx -> {
          for (int i = 0; i < mebibytes; i++) {
            ctx.outputStream().write(new byte[1 << 20]);
          }
        };
    var services = services("localhost", serve("127.0.0.1", 0, handler));

    assertThatIOException().isThrownBy(services::randomBytes).withMessageStartingWith("it sent ");
  }

  @Test
  void refusesAWrongHash() {
    var services = services("localhost", serve("127.0.0.1", 0, ctx -> ctx.result("0".repeat(64))));

    assertThatIOException()
        .isThrownBy(() -> services.hash(new byte[32]))
        .withMessage("its answer is not the SHA-256 of the bytes");
  }

  @Test
  void refusesAnAnswerWithAnErrorStatus() {
    var services = services("localhost", serve("127.0.0.1", 0, ctx -> ctx.status(500)));

    assertThatIOException().isThrownBy(services::randomBytes).withMessage("it answered 500");
  }

  @Test
  void aFailureNamesItsRootCause() throws IOException {
    int port;
    try (var server = new ServerSocket(0)) {
      port = server.getLocalPort();
    }

    assertThatIOException()
        .isThrownBy(services("localhost", port)::randomBytes)
        .withMessage("Connection refused");
  }

  @Test
  void measuresHowLongARequestWaitsForItsAnswer() throws IOException {
    Duration answerTime = Duration.ofMillis(50); // the window to measure
    Handler handler =
        ctx -> {
          Thread.sleep(answerTime);
          ctx.result(new byte[32]);
        };
    var services = services("localhost", serve("127.0.0.1", 0, handler));

    long start = System.nanoTime();
    Duration waited = services.randomBytes().waited();
    assertThat(waited).isBetween(answerTime, Duration.ofNanos(System.nanoTime() - start));
  }

  @Test
  void sendsARequestAgainIfTheConnectionEndsBeforeTheAnswer() throws IOException {
    try (var server = new ServerSocket(0)) {
      var connections = new AtomicInteger();
      Thread.startVirtualThread(() -> hangUpOnTheFirst(server, connections, 1));

      assertThat(services("localhost", server.getLocalPort()).randomBytes().value()).hasSize(32);
      assertThat(connections).hasValue(2);
    }
  }

  @Test
  void sendsARequestAgainOnlyOnce() throws IOException {
    try (var server = new ServerSocket(0)) {
      var connections = new AtomicInteger();
      Thread.startVirtualThread(() -> hangUpOnTheFirst(server, connections, 9));

      assertThatIOException()
          .isThrownBy(services("localhost", server.getLocalPort())::randomBytes)
          .withMessageStartingWith("unexpected end of stream");
      assertThat(connections).hasValue(2);
    }
  }

  private static void hangUpOnTheFirst(ServerSocket server, AtomicInteger connections, int first) {
    while (true) {
      try (Socket socket = server.accept()) {
        BufferedReader request = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        while (!request.readLine().isEmpty()) {}
        if (connections.incrementAndGet() > first) {
          String answer = "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" + "x".repeat(32);
          socket.getOutputStream().write(answer.getBytes());
        }
      } catch (IOException e) {
        return; // the test has closed the server
      }
    }
  }

  /** TCP itself would try again after 1 s, and at the same replica. */
  @Test
  void triesAgainSoonIfAReplicaDoesNotAcceptConnections() throws IOException {
    try (var server = new ServerSocket(0, 1)) {
      int port = server.getLocalPort();
      int full = fillBacklog(port);
      Thread.startVirtualThread(
          () -> {
            await().until(() -> isConnecting(port));
            drop(server, full);
            hangUpOnTheFirst(server, new AtomicInteger(), 0);
          });

      long start = System.nanoTime();
      assertThat(services("localhost", port).randomBytes().value()).hasSize(32);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(900));
    }
  }

  /** Opens connections until the server accepts no more, and returns their number. */
  private static int fillBacklog(int port) {
    for (int connections = 0; ; connections++) {
      try {
        new Socket().connect(new InetSocketAddress("127.0.0.1", port), 200);
      } catch (IOException e) {
        await().until(() -> !isConnecting(port));
        return connections;
      }
    }
  }

  /** Whether a client waits for this port, as the kernel says: its state is SYN_SENT. */
  private static boolean isConnecting(int port) throws IOException {
    Pattern synSent = Pattern.compile(":\\w+ \\w+:%04X 02 ".formatted(port));
    return synSent.matcher(Files.readString(Path.of("/proc/net/tcp6"))).find()
        || synSent.matcher(Files.readString(Path.of("/proc/net/tcp"))).find();
  }

  private static void drop(ServerSocket server, int connections) {
    try {
      for (int i = 0; i < connections; i++) {
        server.accept().close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyRequestOpensANewConnection() throws IOException {
    Set<Integer> ports = new HashSet<>();
    Handler handler =
        ctx -> {
          ports.add(ctx.req().getRemotePort());
          ctx.result(new byte[32]);
        };
    var services = services("localhost", serve("127.0.0.1", 0, handler));
    for (int i = 0; i < 20; i++) {
      services.randomBytes();
    }

    assertThat(ports).hasSize(20);
  }

  @Test
  void allAddressesOfANameAreUsedEvenlyAndADeadOneCausesNoFailure() throws IOException {
    ConcurrentMap<String, Integer> requests = new ConcurrentHashMap<>();
    Handler handler =
        ctx -> {
          requests.merge(ctx.req().getLocalAddr(), 1, Integer::sum);
          ctx.result(new byte[32]);
        };
    int port = serve("127.0.0.1", 0, handler);
    serve("127.0.0.2", port, handler);
    serve("127.0.0.3", port, handler);
    var services = services("three", port);

    ask(services, 300);
    System.out.println("300 requests to three addresses: " + requests);
    assertThat(requests).hasSize(3).allSatisfy((a, n) -> assertThat(n).isBetween(70, 130));

    requests.clear();
    servers.removeLast().stop();
    ask(services, 100);
    assertThat(requests).containsOnlyKeys("127.0.0.1", "127.0.0.2");

    requests.clear();
    serve("127.0.0.3", port, handler);
    ask(services, 300);
    System.out.println("300 requests when the third is back: " + requests);
    assertThat(requests).hasSize(3).allSatisfy((a, n) -> assertThat(n).isBetween(70, 130));
  }

  private static void ask(HttpServices services, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      services.randomBytes();
    }
  }

  private static HttpServices services(String host, int port) {
    String url = "http://%s:%d/".formatted(host, port);
    return new HttpServices(Settings.of(Map.of("RNG_URL", url, "HASHER_URL", url)));
  }

  private int serve(String address, int port, Handler handler) {
    Javalin server =
        Javalin.create(
            config -> {
              config.startup.showJavalinBanner = false;
              config.routes.get("/32", handler);
              config.routes.post("/", handler);
            });
    servers.add(server);
    return server.start(address, port).port();
  }
}
