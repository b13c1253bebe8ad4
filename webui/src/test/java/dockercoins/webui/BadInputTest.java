package dockercoins.webui;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.javalin.Javalin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What no browser and no worker sends, as it is on the wire. */
class BadInputTest {

  private static final String HOST = " HTTP/1.1\r\nHost: webui\r\n";
  private static final String GET = "GET /healthz" + HOST;
  private static final String POST = "POST /index.html" + HOST;
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";
  private static final String LONG = "a".repeat(1 << 16);

  private static final String NO_PATH = "404 This path is not here: the page is at /index.html";
  private static final String LONG_PATH = "414 The path is too long: keep it below 8 KiB";
  private static final String LONG_HEAD =
      "431 The head of the request is too long: keep it below 8 KiB";
  private static final String INVALID = "400 This is not valid HTTP/1.1: ";
  private static final String VERSION =
      "505 This version of HTTP is not spoken here: ask with HTTP/1.1";

  private final PrintStream stdout = System.out;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private Javalin server;

  @BeforeEach
  void start() throws IOException {
    var settings =
        new Settings(0, URI.create("redis://localhost:1"), Path.of("files").toRealPath(), false);
    System.setOut(new PrintStream(log, true));
    server = Webui.server(settings).start();
  }

  @AfterEach
  void stop() {
    server.stop();
    System.setOut(stdout);
  }

  /** Name, request up to the empty line, status and sentence. */
  static Stream<Arguments> refused() {
    return Stream.of(
        arguments("another path", "GET /abc" + HOST, notHere("/abc")),
        arguments("another method, too", "BREW /abc" + HOST, notHere("/abc")),
        arguments("for JSON", "GET /abc" + HOST + "Accept: application/json\r\n", notHere("/abc")),
        arguments("for HTML", "GET /abc" + HOST + "Accept: text/html\r\n", notHere("/abc")),
        arguments(
            "a long path",
            "GET /" + "a".repeat(5000) + HOST,
            notHere("/" + "a".repeat(79) + "...")),
        arguments("a line in the path", "GET /%0d%0aX:y" + HOST, notHere("/%0d%0aX:y")),
        arguments(
            "a moment that is none",
            "GET /history?after=%0a" + HOST,
            "400 after is not a number: set it to seconds since the epoch"),
        arguments(
            "a huge moment",
            "GET /history?after=" + "x".repeat(5000) + HOST,
            "400 after is not a number: set it to seconds since the epoch"),
        notAllowed("POST", "/"),
        notAllowed("PUT", "/index.html"),
        notAllowed("DELETE", "/webjars/chart.js/4.5.1/package.json"),
        notAllowed("PATCH", "/json"),
        notAllowed("OPTIONS", "/history"),
        notAllowed("TRACE", "/healthz"),
        notAllowed("BREW", "/style.css"),
        notAllowed("get", "/readyz"),
        arguments("invalid UTF-8, not encoded", "GET /\u00ff" + HOST, NO_PATH),
        arguments("a path of 64 KiB", "GET /" + LONG + HOST, LONG_PATH),
        arguments("a path of 64 KiB without an end", "GET /" + LONG, LONG_PATH),
        arguments("a method of 64 KiB", LONG, LONG_HEAD),
        arguments("10,000 headers", GET + "X: y\r\n".repeat(10_000), LONG_HEAD),
        arguments("a header of 64 KiB", GET + "X: " + LONG + "\r\n", LONG_HEAD),
        arguments("a CR", GET + "X: a\rY: b\r\n", INVALID + "Bad EOL"),
        arguments("a LF", GET + "X: a\nY: b\r\n", INVALID + "LF line terminator in header"),
        arguments("a NUL", GET + "X: a\0b\r\n", INVALID + "Illegal character CNTL=0x0"),
        arguments("an escape", GET + "X: \033[2J\r\n", INVALID + "Illegal character CNTL=0x1b"),
        arguments(
            "a folded header", GET + "X: a\r\n b\r\n", INVALID + "Line Folding not supported"),
        arguments("no colon", GET + "X\r\n", INVALID + "Illegal character EOL=0xa"),
        arguments("two hosts", GET + "Host: b\r\n", INVALID + "Duplicate Host Header"),
        arguments("no host", "GET /healthz HTTP/1.1\r\n", INVALID + "No Host"),
        arguments("a space", "GET /a b" + HOST, INVALID + "Illegal character SPACE=' '"),
        arguments("a control character", "GET /\1" + HOST, INVALID + "Illegal character CNTL=0x1"),
        arguments("TLS", "\026\003\001\002\0", INVALID + "Illegal character CNTL=0x16"),
        arguments("HTTP/0.9", "GET /healthz\r\n", VERSION),
        arguments("HTTP/2", "PRI * HTTP/2.0\r\n", VERSION.replace("505", "426")),
        arguments("HTTP/9.9", "GET /healthz HTTP/9.9\r\n", VERSION),
        arguments("a length below 0", length("-1"), INVALID + "Invalid Content-Length Value"),
        arguments("a length of no digits", length("0x5"), INVALID + "Invalid Content-Length Value"),
        arguments("a length of 20 digits", length("9".repeat(20)), INVALID + "Bad Request"),
        arguments(
            "two lengths",
            length("5") + "Content-Length: 6\r\n",
            INVALID + "Multiple Content-Lengths"),
        arguments(
            "a length and chunks",
            length("5") + "Transfer-Encoding: chunked\r\n",
            INVALID + "Transfer-Encoding and Content-Length"),
        arguments(
            "an unknown encoding",
            POST + "Transfer-Encoding: nope\r\n",
            INVALID + "Bad Transfer-Encoding, chunked not last"),
        arguments(
            "another expectation",
            GET + "Expect: more\r\n",
            "417 This is not valid HTTP/1.1: Expectation Failed"),
        arguments(
            "a body that ends too soon",
            length("9223372036854775807") + "\r\nhello",
            "405 /index.html takes only GET, HEAD"),
        arguments(
            "a chunk that ends too soon",
            CHUNKED + "5\r\nhel",
            "405 /index.html takes only GET, HEAD"),
        arguments(
            "a chunk of no size", CHUNKED + "zz\r\nhello", "405 /index.html takes only GET, HEAD"),
        arguments(
            "a chunk of a huge size",
            CHUNKED + "f".repeat(17) + "\r\nhello",
            "405 /index.html takes only GET, HEAD"));
  }

  private static String notHere(String path) {
    return "404 %s is not here: the page is at /index.html".formatted(path);
  }

  private static Arguments notAllowed(String method, String path) {
    return arguments(
        method + " " + path,
        method + " " + path + HOST,
        "405 %s takes only GET, HEAD".formatted(path));
  }

  private static String length(String length) {
    return POST + "Content-Length: " + length + "\r\n";
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("refused")
  void isRefusedInOneSentence(String name, String request, String expected) throws Exception {
    String[] answer = exchange(request).split("\r\n\r\n", 2);

    assertThat(answer[0])
        .startsWith("HTTP/1.1 " + expected.substring(0, 4))
        .contains("\r\nContent-Type: text/plain")
        .doesNotContain("Server:", "Set-Cookie:", "\r\nX:", "\r\nY:");
    assertThat(answer[1]).isEqualTo(expected.substring(4) + "\n");
    if (expected.startsWith("405")) {
      String methods = expected.substring(expected.indexOf(" only ") + 6);
      assertThat(answer[0]).contains("\r\nAllow: " + methods);
    }

    assertThat(exchange(GET)).startsWith("HTTP/1.1 200 ");
    await() // a line is written after the answer
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(log.toString()).matches("(127[ -~]+ \\d{3} \\d+\n){2}"));
  }

  static Stream<Arguments> served() {
    return Stream.of(
        arguments("a query", "GET /healthz?x" + HOST),
        arguments("a query that cannot be decoded", "GET /healthz?%ff" + HOST),
        arguments("HTTP/1.0", "GET /healthz HTTP/1.0\r\n"),
        arguments("an absolute URI", "GET http://webui/healthz" + HOST),
        arguments("an absolute URI of another host", "GET http://other:8001/healthz" + HOST),
        arguments(
            "a body that nobody needs", GET + "Content-Length: 2\r\nConnection: close\r\n\r\nab"),
        arguments(
            "a WebSocket",
            GET + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("served")
  void isServed(String name, String request) throws Exception {
    assertThat(exchange(request))
        .startsWith("HTTP/1.1 200 ")
        .doesNotContain("Set-Cookie:")
        .endsWith("\r\n\r\nok");
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    String end = HOST + "\r\n";
    assertThat(exchange("GET /" + end + "GET /abc" + end + "POST /" + end + GET))
        .matches("(?s)HTTP/1.1 302 .+ 404 .+/abc is.+ 405 .+/ takes.+ 200 .+ok");
  }

  @Test
  void slowClientsAreInNobodysWay() throws Exception {
    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      slow.add(send("GET / HTTP/1.1\r\nX: "));
    }
    for (int i = 0; i < 400; i++) {
      slow.add(send(length("100") + "\r\n"));
    }
    for (int round = 0; round < 10; round++) {
      for (Socket socket : slow.subList(0, 500)) {
        socket.getOutputStream().write('x');
      }
      isAnsweredWithin(Duration.ofSeconds(1));
    }
    close(slow);
  }

  @Test
  void idleConnectionsGiveWayWhenThereAreTooMany() throws Exception {
    var limit = server.jettyServer().server().getBean(NetworkConnectionLimit.class);
    List<Socket> idle = new ArrayList<>();
    for (int i = 0; i < Webui.MAX_CONNECTIONS + 100; i++) {
      idle.add(send(""));
    }
    await().until(() -> limit.getNetworkConnectionCount() >= Webui.MAX_CONNECTIONS);
    isAnsweredWithin(Duration.ofSeconds(4));
    close(idle);
  }

  @Test
  void clientsThatDoNotReadAreInNobodysWay() throws Exception {
    String library = "GET /webjars/chart.js/4.5.1/dist/chart.umd.min.js" + HOST + "\r\n";
    List<Socket> deaf = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      deaf.add(send(library.repeat(40)));
    }
    isAnsweredWithin(Duration.ofSeconds(5));
    close(deaf);
  }

  @Test
  void leavesNothingBehind() throws Exception {
    everything(); // what is loaded and pooled once
    long heap = heap();
    long files = files();
    int threads = Thread.activeCount();

    for (int i = 0; i < 20; i++) {
      everything();
    }

    assertThat(heap()).isLessThan(heap + (2 << 20));
    assertThat(Thread.activeCount()).isLessThan(threads + 20);
    await().until(() -> files() < files + 20);
  }

  private void everything() throws IOException {
    for (Arguments row : Stream.concat(refused(), served()).toList()) {
      exchange((String) row.get()[1]);
    }
    log.reset();
  }

  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private void isAnsweredWithin(Duration limit) throws IOException {
    long start = System.nanoTime();
    assertThat(exchange(GET)).startsWith("HTTP/1.1 200 ");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
  }

  /** The answer to a request, which is ended here, and after which nothing more is sent. */
  private String exchange(String request) throws IOException {
    try (Socket socket = send(request + "Connection: close\r\n\r\n")) {
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private Socket send(String request) throws IOException {
    var socket = new Socket("localhost", server.port());
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    return socket;
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
