package dockercoins.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends requests that no browser and no worker sends, byte for byte, to each of the three HTTP
 * services. Each service runs in its own process, with the heap that its image has.
 */
@ParameterizedClass
@EnumSource
class BadInputTest {

  private static final String ACCESS_LOG_LINE = "127[ -~]+ \\d{3} \\d+\n";

  private static final String HOST = " HTTP/1.1\r\nHost: localhost\r\n";
  private static final String LONG = "a".repeat(1 << 16);

  enum Service {
    RNG(
        "dockercoins.rng.Rng",
        "/32",
        "is not a number of bytes: try /32",
        "405 /32 takes only GET, HEAD",
        3000,
        10),
    HASHER(
        "dockercoins.hasher.Hasher",
        "/",
        "is not here: POST bytes to / to hash them",
        "400 The body ended too soon, or its chunks are broken: send it whole",
        1000,
        24),
    WEBUI(
        "dockercoins.webui.Webui",
        "/index.html",
        "is not here: the page is at /index.html",
        "405 /index.html takes only GET, HEAD",
        2000,
        14);

    private final String mainClass;
    private final String path;
    private final String notFound;
    private final String brokenBody;
    private final int maxConnections;
    private final int kibPerConnection; // the worst case

    Service(
        String mainClass,
        String path,
        String notFound,
        String brokenBody,
        int maxConnections,
        int kibPerConnection) {
      this.mainClass = mainClass;
      this.path = path;
      this.notFound = notFound;
      this.brokenBody = brokenBody;
      this.maxConnections = maxConnections;
      this.kibPerConnection = kibPerConnection;
    }
  }

  private record Refused(String name, String request, String expected) {}

  private record Served(String name, String request) {}

  @Parameter Service service;
  @TempDir Path folder;

  private Process process;
  private int port;

  @BeforeEach
  void start() throws IOException {
    var started =
        ServiceProcess.start(
            service.mainClass,
            folder.resolve("log"),
            Map.of("DELAY_MS", "0", "FILES", "../webui/files", "REDIS_URL", "redis://localhost:1"));
    process = started.process();
    port = started.port();
    exchange(get()); // loads classes, so that no test measures their loading
    await().until(() -> log().matches("(?s).+\n" + ACCESS_LOG_LINE));
  }

  @AfterEach
  void stop() {
    process.destroyForcibly();
  }

  /** Each row has a request up to the empty line, and the status and sentence of its answer. */
  private List<Refused> refused() {
    String notHere = "404 This path " + service.notFound;
    String tooLongPath = "414 The path is too long: keep it below 16 KiB";
    String tooLongHeaders =
        "431 The request line and headers are too long: keep them below 16 KiB, and send at most 100"
            + " headers";
    String version = "505 This version of HTTP is not supported: use HTTP/1.1";
    String invalid = "400 This is not valid HTTP/1.1: ";
    String notAllowed = "405 /healthz takes only GET, HEAD";
    return List.of(
        new Refused("an unknown path", "GET /abc" + HOST, notFound("/abc")),
        new Refused("an unknown path and method", "BREW /abc" + HOST, notFound("/abc")),
        new Refused(
            "a request for JSON",
            "GET /abc" + HOST + "Accept: application/json\r\n",
            notFound("/abc")),
        new Refused(
            "a request for HTML", "GET /abc" + HOST + "Accept: text/html\r\n", notFound("/abc")),
        new Refused("a trailing slash", "GET /healthz/" + HOST, notFound("/healthz/")),
        new Refused("a line break in the path", "GET /%0d%0aX:y" + HOST, notFound("/%0d%0aX:y")),
        new Refused(
            "a path of 5000 characters",
            "GET /" + "a".repeat(5000) + HOST,
            notFound("/" + "a".repeat(79) + "...")),
        new Refused("POST", "POST /healthz" + HOST, notAllowed),
        new Refused("PUT", "PUT /healthz" + HOST, notAllowed),
        new Refused("DELETE", "DELETE /healthz" + HOST, notAllowed),
        new Refused("PATCH", "PATCH /healthz" + HOST, notAllowed),
        new Refused("OPTIONS of an unknown path", "OPTIONS /abc" + HOST, notFound("/abc")),
        new Refused("TRACE", "TRACE /healthz" + HOST, notAllowed),
        new Refused("an unknown method", "BREW /healthz" + HOST, notAllowed),
        new Refused("a method in lower case", "get /healthz" + HOST, notAllowed),
        new Refused("dots", "GET /%2e%2e/" + HOST, notHere),
        new Refused("dots out of the root", "GET /../32" + HOST, notHere),
        new Refused("invalid UTF-8", "GET /%ff" + HOST, notHere),
        new Refused("invalid UTF-8, not encoded", "GET /\u00ff" + HOST, notHere),
        new Refused("overlong UTF-8", "GET /%c0%ae" + HOST, notHere),
        new Refused("no hexadecimal digits", "GET /%zz" + HOST, notHere),
        new Refused("NUL, encoded", "GET /%00" + HOST, notHere),
        new Refused("a path of 64 KiB", "GET /" + LONG + HOST, tooLongPath),
        new Refused("a path of 64 KiB without an end", "GET /" + LONG, tooLongPath),
        new Refused("a method of 64 KiB", LONG, tooLongHeaders),
        new Refused("10,000 headers", get() + "X: y\r\n".repeat(10_000), tooLongHeaders),
        new Refused("101 headers", get() + "X: y\r\n".repeat(99), tooLongHeaders),
        new Refused("a header of 17 KB", get() + "X: " + "a".repeat(17_000), tooLongHeaders),
        new Refused("a header of 64 KiB", get() + "X: " + LONG + "\r\n", tooLongHeaders),
        new Refused("a CR", get() + "X: a\rY: b\r\n", invalid + "Bad EOL"),
        new Refused("a LF", get() + "X: a\nY: b\r\n", invalid + "LF line terminator in header"),
        new Refused("a NUL", get() + "X: a\0b\r\n", invalid + "Illegal character CNTL=0x0"),
        new Refused("an escape", get() + "X: \033[2J\r\n", invalid + "Illegal character CNTL=0x1b"),
        new Refused(
            "a folded header", get() + "X: a\r\n b\r\n", invalid + "Line Folding not supported"),
        new Refused("no colon", get() + "X\r\n", invalid + "Illegal character EOL=0xa"),
        new Refused("two hosts", get() + "Host: b\r\n", invalid + "Duplicate Host Header"),
        new Refused("no host", "GET " + service.path + " HTTP/1.1\r\n", invalid + "No Host"),
        new Refused("a space", "GET /a b" + HOST, invalid + "Illegal character SPACE=' '"),
        new Refused(
            "a control character", "GET /\1" + HOST, invalid + "Illegal character CNTL=0x1"),
        new Refused("TLS", "\026\003\001\002\0", invalid + "Illegal character CNTL=0x16"),
        new Refused("HTTP/0.9", "GET " + service.path + "\r\n", version),
        new Refused("HTTP/2", "PRI * HTTP/2.0\r\n", version.replace("505", "426")),
        new Refused("HTTP/9.9", "GET " + service.path + " HTTP/9.9\r\n", version),
        new Refused("a length below 0", length("-1"), invalid + "Invalid Content-Length Value"),
        new Refused(
            "a length of no digits", length("0x5"), invalid + "Invalid Content-Length Value"),
        new Refused("a length of 20 digits", length("9".repeat(20)), invalid + "Bad Request"),
        new Refused(
            "two lengths",
            length("5") + "Content-Length: 6\r\n",
            invalid + "Multiple Content-Lengths"),
        new Refused(
            "a length and chunks",
            length("5") + "Transfer-Encoding: chunked\r\n",
            invalid + "Transfer-Encoding and Content-Length"),
        new Refused(
            "an unknown encoding",
            post() + "Transfer-Encoding: nope\r\n",
            invalid + "Bad Transfer-Encoding, chunked not last"),
        new Refused(
            "an unknown expectation",
            get() + "Expect: more\r\n",
            "417 This is not valid HTTP/1.1: Expectation Failed"),
        new Refused(
            "a body that ends too soon",
            length("9223372036854775807") + "\r\nhello",
            service.brokenBody),
        new Refused("a chunk that ends too soon", chunked() + "5\r\nhel", service.brokenBody),
        new Refused("a chunk without a size", chunked() + "zz\r\nhello", service.brokenBody),
        new Refused(
            "a chunk of a huge size",
            chunked() + "f".repeat(17) + "\r\nhello",
            service.brokenBody));
  }

  private String notFound(String path) {
    return "404 %s %s".formatted(path, service.notFound);
  }

  private String length(String length) {
    return post() + "Content-Length: " + length + "\r\n";
  }

  @Test
  void refusesWithOneSentenceAndOneLogLine() throws IOException {
    for (Refused row : refused()) {
      long logged = logSize();
      String[] answer = exchange(row.request).split("\r\n\r\n", 2);

      assertThat(answer[0])
          .as(row.name)
          .startsWith("HTTP/1.1 " + row.expected.substring(0, 4))
          .contains("\r\nContent-Type: text/plain", "\r\nX-Content-Type-Options: nosniff")
          .doesNotContain("Server:", "Set-Cookie:", "\r\nX:", "\r\nY:");
      assertThat(answer[1]).as(row.name).isEqualTo(row.expected.substring(4) + "\n");
      if (row.expected.startsWith("405")) {
        String methods = row.expected.substring(row.expected.indexOf(" only ") + 6);
        assertThat(answer[0]).as(row.name).contains("\r\nAllow: " + methods);
      }
      assertThat(exchange(get())).as(row.name).startsWith("HTTP/1.1 200 ");
      await() // the server writes a line after it has answered
          .pollInterval(Duration.ofMillis(5))
          .untilAsserted(
              () ->
                  assertThat(log().substring((int) logged))
                      .as(row.name)
                      .matches("(%s){2}".formatted(ACCESS_LOG_LINE)));
    }
  }

  private List<Served> served() {
    String path = service.path;
    return List.of(
        new Served("a query", "GET " + path + "?x" + HOST),
        new Served("a query that cannot be decoded", "GET " + path + "?%ff" + HOST),
        new Served("cookies of 15 KB", get() + "Cookie: " + "a".repeat(15_000) + "\r\n"),
        new Served("100 headers", get() + "X: y\r\n".repeat(98)),
        new Served("HTTP/1.0", "GET " + path + " HTTP/1.0\r\n"),
        new Served("an absolute URI", "GET http://localhost" + path + HOST),
        new Served("an absolute URI of another host", "GET http://other:8001" + path + HOST),
        new Served(
            "a body that nobody reads", get() + "Content-Length: 2\r\nConnection: close\r\n\r\nab"),
        new Served(
            "a WebSocket",
            get() + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
  }

  @Test
  void servesUnusualButValidRequests() throws IOException {
    String usual = exchange(get()).split("\r\n\r\n", 2)[1];
    for (Served row : served()) {
      String[] answer = exchange(row.request).split("\r\n\r\n", 2);

      assertThat(answer[0]).as(row.name).startsWith("HTTP/1.1 200 ").doesNotContain("Set-Cookie:");
      assertThat(answer[1]).as(row.name).hasSameSizeAs(usual);
    }
  }

  /** Load balancers send such requests as health checks. */
  @ParameterizedTest
  @ValueSource(strings = {"OPTIONS /", "OPTIONS /healthz", "OPTIONS *"})
  void answersOptions(String request) throws IOException {
    assertThat(exchange(request + " HTTP/1.0\r\n")).startsWith("HTTP/1.1 200 ");
    assertThat(exchange(request + HOST)).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void logsWhatItRefuses() throws IOException {
    exchange("GET /\"\\" + HOST);
    exchange("\026\003\001\002\0");
    await().until(() -> log().contains("] \"GET /\\\"\\\\ HTTP/1.1\" 404 "));
    await().until(() -> log().contains("] \"-\" 400 "));
  }

  @Test
  void answersPipelinedRequestsInOrder() throws IOException {
    String put = "PUT " + service.path + HOST;
    assertThat(exchange(get() + "\r\nGET /abc" + HOST + "\r\n" + put + "\r\n" + get()))
        .matches(
            "(?s)HTTP/1.1 200 .+ 404 .+/abc is.+ 405 .+%s takes.+ 200 .+".formatted(service.path));
  }

  @Test
  void slowClientsDelayNobody() throws IOException {
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
      assertAnswersWithin(Duration.ofSeconds(1));
    }
    close(slow);
  }

  @Test
  void closesIdleConnectionsAtTheLimit() throws IOException {
    List<Socket> idle = new ArrayList<>();
    for (int i = 0; i < service.maxConnections + 100; i++) {
      idle.add(send(""));
    }
    assertAnswersWithin(Duration.ofSeconds(4));
    close(idle);
  }

  /** A tenth of the heap stays free, so that the garbage collector keeps up. */
  @Test
  void theWorstCaseOfAllLimitsFitsTheHeap() throws IOException {
    String options = Files.readString(Path.of("../rng/jvm.options"));
    int heapMib = Integer.parseInt(options.replaceFirst("(?s).*-Xmx(\\d+)m.*", "$1"));
    int programMib = 8;
    int headsMib = 4;
    int answersMib = 2; // of webui
    int connectionsMib = service.maxConnections * service.kibPerConnection / 1024;
    assertThat(programMib + connectionsMib + headsMib + answersMib)
        .isLessThanOrEqualTo(heapMib * 9 / 10);
  }

  private record Hostile(String name, String request, String trickle) {}

  /** Each row has what a client sends first, and what it then sends again and again. */
  private List<Hostile> hostile() {
    String fields = "ab:\r\n".repeat(1595);
    String keepAlive = get() + "\r\n" + get() + "\r\n";
    return List.of(
        new Hostile("line breaks", "\r\n", "\r\n"),
        new Hostile("a slow request line", "G", "E"),
        new Hostile("a slow header", get() + "X: ", "x"),
        new Hostile("slow headers", get(), "X: y\r\n"),
        new Hostile("a slow body", length("100") + "\r\n", "x"),
        new Hostile("slow chunks", chunked(), "1\r\nx\r\n"),
        new Hostile("slow trailers", chunked() + "0\r\n", "X: y\r\n"),
        new Hostile("many small headers", get() + fields, ""),
        new Hostile("many small headers, complete", get() + fields + "\r\n", ""),
        new Hostile("many small trailers", chunked() + "0\r\n" + fields, ""),
        new Hostile("95 headers", get() + ("X: " + "y".repeat(150) + "\r\n").repeat(95), ""),
        new Hostile("a long header", get() + "X: " + "a".repeat(16_000), "a"),
        new Hostile("a long path", "GET /" + "%41".repeat(5_000), "a"),
        new Hostile("a long chunk extension", chunked() + "1;" + "a".repeat(8_000), "a"),
        new Hostile("two requests", keepAlive, ""),
        new Hostile("long cookies", get() + "Cookie: " + "a".repeat(15_000) + "\r\n\r\n", ""));
  }

  /** The server stays alive, and it soon has room for a good client. */
  @Test
  void noClientsCanFillTheHeapOrKeepOthersOut() throws Exception {
    for (Hostile row : hostile()) {
      List<Socket> hostile = new ArrayList<>();
      for (int i = 0; i < service.maxConnections + 100; i++) {
        hostile.add(send(row.request));
      }
      var trickle = Executors.newSingleThreadScheduledExecutor();
      trickle.scheduleWithFixedDelay(() -> send(hostile, row.trickle), 0, 400, MILLISECONDS);
      long start = System.nanoTime();
      assertThat(exchange(get())).as(row.name).startsWith("HTTP/1.1 200 ");
      long millis = (System.nanoTime() - start) / 1_000_000;
      System.out.printf("%s, %s: answered after %d ms%n", service, row.name, millis);
      assertThat(millis).as(row.name).isLessThan(10_000);
      trickle.shutdownNow();
      close(hostile);
    }
  }

  @Test
  void pipelinedRequestsAtTheLimitFitTheHeap() throws Exception {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < service.maxConnections + 100; i++) {
      clients.add(send((get() + "\r\n").repeat(200)));
    }
    await().until(() -> log().lines().count() > 2L * service.maxConnections);
    close(clients);
    await().untilAsserted(() -> assertThat(exchange(get())).startsWith("HTTP/1.1 200 "));
  }

  private static void send(List<Socket> sockets, String bytes) {
    for (Socket socket : sockets) {
      try {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      } catch (IOException e) {
        // the server has closed it
      }
    }
  }

  /** A client that sends one byte of its headers at a time does not keep its connection. */
  @Test
  void aHeadThatTakesTooLongIsCutOff() throws IOException {
    try (Socket slow = send(get() + "X: ")) {
      await()
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(
              () -> assertThatIOException().isThrownBy(() -> slow.getOutputStream().write('x')));
    }
  }

  @Test
  void leaksNoMemoryThreadsOrFiles() throws Exception {
    sendEverything(); // loads classes and fills pools
    long heap = heap();
    long files = count("fd");
    long threads = count("task");

    for (int i = 0; i < 20; i++) {
      sendEverything();
    }

    assertThat(heap()).isLessThan(heap + (2 << 20));
    assertThat(count("task")).isLessThan(threads + 20);
    await().until(() -> count("fd") < files + 20);
  }

  private void sendEverything() throws IOException {
    for (Refused row : refused()) {
      exchange(row.request);
    }
    for (Served row : served()) {
      exchange(row.request);
    }
  }

  /** The bytes of live objects. */
  private long heap() throws Exception {
    jcmd("GC.run");
    return Pattern.compile("total \\d+K, used (\\d+)K")
        .matcher(jcmd("GC.heap_info"))
        .results()
        .mapToLong(generation -> Long.parseLong(generation.group(1)) << 10)
        .sum();
  }

  private String jcmd(String command) throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process run = new ProcessBuilder(jcmd, Long.toString(process.pid()), command).start();
    String output = new String(run.getInputStream().readAllBytes());
    assertThat(run.waitFor()).as(output).isZero();
    return output;
  }

  private long count(String kind) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc", "" + process.pid(), kind))) {
      return entries.count();
    }
  }

  private void assertAnswersWithin(Duration limit) throws IOException {
    long start = System.nanoTime();
    assertThat(exchange(get())).startsWith("HTTP/1.1 200 ");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(limit);
  }

  private String get() {
    return "GET " + service.path + HOST;
  }

  private String post() {
    return "POST " + service.path + HOST;
  }

  private String chunked() {
    return post() + "Transfer-Encoding: chunked\r\n\r\n";
  }

  /** Ends the headers of a request, sends it, and reads the answer. */
  private String exchange(String request) throws IOException {
    try (Socket socket = send(request + "Connection: close\r\n\r\n")) {
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private Socket send(String request) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    return socket;
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  private long logSize() throws IOException {
    return Files.size(folder.resolve("log"));
  }
}
