package dockercoins.webui;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

class WebuiTest {

  private static final String HISTORY_OF_AT_LEAST_TWO =
      "\\{\"samples\":\\[(\\{\"coins\":\\d+,\"hashes\":\\d+,\"now\":\\d+[.]\\d{3},"
          + "\"changed\":(\\d+[.]\\d{3}|null)},?){2,}],\"error\":null}";

  @TempDir Path files;

  private final OkHttpClient client = new OkHttpClient.Builder().followRedirects(false).build();
  private int redisPort;
  private RedisServer redisServer;
  private RedisClient redis;
  private WebServer server;

  @BeforeEach
  void start() throws IOException {
    try (var socket = new ServerSocket(0)) {
      redisPort = socket.getLocalPort();
    }
    redisServer = RedisServer.builder().port(redisPort).setting("save \"\"").build();
    redisServer.start();
    redis = RedisClient.create("localhost", redisPort);
    server = serve(files, URI.create("redis://localhost:" + redisPort));
  }

  @AfterEach
  void stop() {
    server.stop();
    redis.close();
    redisServer.stop();
  }

  @Test
  void countsFromZero() {
    awaitJson(200, json -> json.get("coins").intValue() == 0 && json.get("hashes").intValue() == 0);
  }

  @Test
  void tellsTheCountsInRedis() {
    redis.hset("wallet", Map.of("0a", "x", "0b", "y"));
    redis.incrBy("hashes", 1234567890123L);

    JsonNode json = awaitJson(200, counts -> counts.get("hashes").longValue() == 1234567890123L);
    assertThat(json.get("coins").intValue()).isEqualTo(2);
    assertThat(json.get("now").doubleValue() * 1000)
        .isBetween(System.currentTimeMillis() - 10_000.0, System.currentTimeMillis() + 0.0);
    assertThat(json.size()).isEqualTo(3);
  }

  @Test
  void reportsWithin2SThatRedisIsAwayAndRecoversWithin2S() throws IOException {
    awaitJson(200);
    redisServer.stop();

    var refused = "localhost:%d: Connection refused".formatted(redisPort);
    await()
        .atMost(2, SECONDS)
        .untilAsserted(() -> assertThat(body("/json", 503)).contains("\"" + refused + "\""));
    assertThat(body("/readyz", 503)).isEqualTo(refused);
    var head = request("/readyz").head().build();
    try (Response response = client.newCall(head).execute()) {
      assertThat(response.code()).isEqualTo(503);
    }
    assertThat(body("/healthz", 200)).isEqualTo("ok");
    assertThat(body("/history", 200)).contains("\"error\":\"" + refused + "\"");

    redisServer.start();
    await().atMost(2, SECONDS).untilAsserted(() -> body("/json", 200));
    assertThat(body("/readyz", 200)).isEqualTo("ok");
    assertThat(body("/history", 200)).contains("\"error\":null");
  }

  @Test
  void reportsWithin2SThatRedisDoesNotAnswer() throws IOException {
    try (var silent = new ServerSocket(0)) {
      server.stop();
      server = serve(files, URI.create("redis://localhost:" + silent.getLocalPort()));

      var expected = "localhost:%d: no answer within 1500 ms".formatted(silent.getLocalPort());
      await()
          .atMost(2, SECONDS)
          .untilAsserted(() -> assertThat(body("/json", 503)).contains(expected));
    }
  }

  @Test
  void survivesKeysOfAnotherType() {
    redis.set("wallet", "stolen");
    awaitJson(503, json -> json.get("error").textValue().contains("WRONGTYPE"));

    redis.del("wallet");
    redis.set("hashes", "many");
    awaitJson(503, json -> json.get("error").textValue().contains("\"many\""));

    redis.del("hashes");
    awaitJson(200);
  }

  @Test
  void keepsOneSampleASecond() throws IOException {
    redis.set("hashes", "4");
    await().untilAsserted(() -> assertThat(body("/history", 200)).matches(HISTORY_OF_AT_LEAST_TWO));
    JsonNode samples = new ObjectMapper().readTree(body("/history", 200)).get("samples");
    String first = "%.3f".formatted(samples.get(0).get("now").doubleValue());

    assertThat(body("/history?after=" + first, 200)).doesNotContain(first).contains("\"now\"");
    assertThat(body("/history?after=9e99", 200)).contains(first);
    assertThat(body("/history?after=yesterday", 400))
        .isEqualTo("after is \"yesterday\": set it to seconds since the epoch\n");
    assertThat(body("/history?after=%0a", 400))
        .isEqualTo(body("/history?after=" + "x".repeat(5000), 400))
        .isEqualTo("after is not a number: set it to seconds since the epoch\n");
  }

  @Test
  void pollsRedisFourTimesASecondHoweverManyClientsAsk() throws Exception {
    awaitJson(200);
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      long before = reads();
      long start = System.nanoTime();
      for (int client = 0; client < 200; client++) {
        clients.submit(
            () -> {
              for (int i = 0; i < 10; i++) {
                body("/json", 200);
                body("/history", 200);
              }
              return null;
            });
      }
      clients.shutdown();
      assertThat(clients.awaitTermination(60, SECONDS)).isTrue();
      double seconds = (System.nanoTime() - start) / 1e9;
      assertThat(reads() - before).isLessThanOrEqualTo(Math.round(4 * seconds) + 2);
    }
  }

  /** The number of times that Redis was asked for the count. */
  private long reads() {
    var calls = Pattern.compile("cmdstat_get:calls=(\\d+)").matcher(redis.info("commandstats"));
    assertThat(calls.find()).isTrue();
    return Long.parseLong(calls.group(1));
  }

  @ParameterizedTest
  @CsvSource({"GET, 1.1", "HEAD, 1.1", "GET, 1.0", "HEAD, 1.0"})
  void redirectsToThePageWithARelativeLocation(String method, String version) throws IOException {
    assertThat(raw("%s / HTTP/%s\r\nHost: webui\r\nConnection: close".formatted(method, version)))
        .startsWith("HTTP/1.1 302 ")
        .contains("\r\nLocation: index.html\r\n");
  }

  @Test
  void worksBehindAGatewayWithAPathPrefix() throws IOException {
    server.stop();
    server = serve(Path.of("files").toRealPath(), URI.create("redis://localhost:" + redisPort));
    var gateway = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
    gateway.createContext("/prefix/", this::forward);
    gateway.start();
    try {
      var page = "http://localhost:%d/prefix/".formatted(gateway.getAddress().getPort());
      var browser = new OkHttpClient();
      String html;
      try (Response response = browser.newCall(new Request.Builder().url(page).build()).execute()) {
        assertThat(response.request().url().encodedPath()).isEqualTo("/prefix/index.html");
        html = response.body().string();
      }
      assertThat(links(html))
          .allSatisfy(
              link -> {
                var url = URI.create(page).resolve(link).toString();
                var request = new Request.Builder().url(url).build();
                try (Response response = browser.newCall(request).execute()) {
                  assertThat(response.code()).isEqualTo(200);
                }
              });
    } finally {
      gateway.stop(0);
    }
  }

  /** Removes the prefix from the path, and leaves the answer as it is. */
  private void forward(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath().substring("/prefix".length());
    try (exchange;
        Response response = get(path)) {
      String location = response.header("Location");
      if (location != null) {
        exchange.getResponseHeaders().add("Location", location);
      }
      byte[] body = response.body().bytes();
      exchange.sendResponseHeaders(response.code(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Test
  void followsLinksThatStayInTheFolder() throws IOException {
    Path file = Files.writeString(files.resolve("jquery-1.js"), "let x");
    Path folder = Files.createDirectory(files.resolve("deep"));
    link("relative.js", "jquery-1.js");
    link("absolute.js", file.toString());
    link("chain.js", "relative.js");
    link("folder", "deep");
    link("deep/up.js", "../chain.js");
    link("around.js", "../" + files.getFileName() + "/jquery-1.js");

    for (String name : List.of("relative", "absolute", "chain", "folder/up", "around")) {
      assertThat(body("/" + name + ".js", 200)).as(name).isEqualTo("let x");
    }
    Files.writeString(folder.resolve("index.html"), "deep");
    assertThat(body("/folder/", 200)).isEqualTo("deep");
  }

  @Test
  void doesNotFollowLinksOutOfTheFolder(@TempDir Path outside) throws IOException {
    Files.writeString(outside.resolve("secret.txt"), "for nobody");
    Files.writeString(outside.resolve("index.html"), "for nobody");
    link("absolute", outside.resolve("secret.txt").toString());
    link("relative", files.relativize(outside.resolve("secret.txt")).toString());
    link("chain", "absolute");
    link("folder", outside.toString());
    link("second", "folder");
    link("loop", "loop");
    link("dangling", "nothing");

    for (String path :
        List.of(
            "absolute",
            "relative",
            "chain",
            "folder",
            "folder/",
            "folder/secret.txt",
            "second/secret.txt",
            "folder%2fsecret.txt",
            "second/%73ecret.txt",
            "loop",
            "dangling")) {
      assertThat(raw("GET /%s HTTP/1.1\r\nHost: webui\r\nConnection: close".formatted(path)))
          .as(path)
          .startsWith("HTTP/1.1 404 ")
          .doesNotContain("for nobody");
    }
  }

  @Test
  void servesAFolderBehindALink(@TempDir Path elsewhere) throws IOException {
    Path link = Files.createSymbolicLink(elsewhere.resolve("link"), files);
    Files.writeString(files.resolve("a.txt"), "inside");
    Files.writeString(elsewhere.resolve("b.txt"), "outside");
    link("c.txt", elsewhere.resolve("b.txt").toString());
    link("d.txt", link.resolve("a.txt").toString());
    server.stop();
    String redis = "redis://localhost:" + redisPort;
    var variables = Map.of("PORT", "0", "REDIS_URL", redis, "FILES", link.toString());
    server = Webui.server(Settings.of(variables)).start();

    assertThat(body("/a.txt", 200)).isEqualTo("inside");
    assertThat(body("/d.txt", 200)).isEqualTo("inside");
    body("/c.txt", 404);
  }

  /** Kubernetes mounts a ConfigMap as links, and swaps one of them when the ConfigMap changes. */
  @ParameterizedTest
  @ValueSource(ints = {10, StaticFiles.MAX_COPIED + 1})
  void showsTheUpdateOfAConfigMap(int size) throws IOException {
    link("style.css", "..data/style.css");
    link("..data", "..2026_1");
    FileTime newer = write("..2026_1", "a".repeat(size), FileTime.fromMillis(2_000_000_000));
    String etag;
    try (Response response = get("/style.css")) {
      assertThat(response.body().string()).startsWith("aaa");
      etag = response.header("ETag");
    }
    assertThat(revalidate(etag)).isEqualTo(304);

    for (FileTime time : List.of(newer, FileTime.fromMillis(1_000_000_000))) {
      String folder = "..2026_" + time.toMillis();
      write(folder, "b".repeat(size), time);
      link("..data_tmp", folder);
      Files.move(files.resolve("..data_tmp"), files.resolve("..data"), ATOMIC_MOVE);

      assertThat(revalidate(etag)).isEqualTo(200);
      assertThat(body("/style.css", 200)).startsWith("bbb");
    }
  }

  private FileTime write(String folder, String content, FileTime time) throws IOException {
    Path file = Files.createDirectory(files.resolve(folder)).resolve("style.css");
    Files.setLastModifiedTime(Files.writeString(file, content), time);
    return time;
  }

  private void link(String name, String target) throws IOException {
    Files.createSymbolicLink(files.resolve(name), Path.of(target));
  }

  @Test
  void endpointsAreNotFiles() throws IOException {
    Files.writeString(files.resolve("healthz"), "a file");
    Files.writeString(files.resolve("index.html"), "a page");
    assertThat(body("/healthz", 200)).isEqualTo("ok");
    body("/", 302);
  }

  @Test
  void survivesAFileThatShrinksWhileAClientReadsIt() throws IOException {
    Path file = Files.write(files.resolve("big"), new byte[50 << 20]);
    try (var socket = new Socket("localhost", server.port())) {
      socket.getOutputStream().write("GET /big HTTP/1.1\r\nHost: webui\r\n\r\n".getBytes(US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      Files.writeString(file, "small");
      socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      // The server may reset the connection, because it cannot send what it has announced.
    }
    assertThat(body("/big", 200)).isEqualTo("small");
  }

  @Test
  void servesFilesAsTheyAreOnDiskAtThatMoment() throws IOException {
    Path file = files.resolve("index.html");
    for (String content : new String[] {"<p>15px</p>", "<p>50px</p>", "<p>50px</p>\n"}) {
      Files.writeString(file, content);
      try (Response response = get("/index.html")) {
        assertThat(response.header("Content-Type")).startsWith("text/html");
        assertThat(response.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(response.body().string()).isEqualTo(content);
      }
    }
    Files.delete(file);
    try (Response response = get("/index.html")) {
      assertThat(response.code()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret",
        "/%2e%2e/secret",
        "/.%2e/secret",
        "/..%2fsecret",
        "/%2e%2e%2fsecret",
        "/x/../../secret",
        "/..%5csecret",
        "/..\\secret",
        "/%252e%252e/secret",
        "/..;/secret",
        "/%2e%2e;x/secret",
        "/%c0%ae%c0%ae/secret",
        "/..%c0%afsecret",
        "/%uff0e%uff0e/secret",
        "/%u002e%u002e/secret",
        "/....//secret",
        "/%00/../secret",
        "/index.html%00",
        "/%zz",
        "/%ff",
        "//etc/passwd",
        "/../../../../../../../../etc/passwd",
        "http://webui/../secret",
        "/webjars/../secret",
        "/webjars/%2e%2e/%2e%2e/MANIFEST.MF",
        "/webjars/chart.js/",
        "/index.html/",
        "/json/",
        "/nothing"
      })
  void refusesAllOtherPaths(String path) throws IOException {
    Path secret = files.resolveSibling("secret");
    Files.writeString(secret, "for nobody");
    Files.writeString(files.resolve("index.html"), "<p>for everybody</p>");
    try {
      assertThat(raw("GET %s HTTP/1.1\r\nHost: webui\r\nConnection: close".formatted(path)))
          .startsWith("HTTP/1.1 404 ")
          .contains("X-Content-Type-Options: nosniff")
          .contains("Content-Type: text/plain")
          .doesNotContain("for nobody")
          .doesNotContain("for everybody");
    } finally {
      Files.delete(secret);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /",
    "PUT, /index.html",
    "DELETE, /webjars/chart.js/4.5.1/package.json",
    "PATCH, /json",
    "BREW, /history",
    "get, /readyz"
  })
  void onlyGetAndHeadAreAllowed(String method, String path) throws IOException {
    Files.writeString(files.resolve("index.html"), "<p>15px</p>");
    var request = request(path).method(method, RequestBody.create("hello", null)).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(405);
      assertThat(response.header("Allow")).isEqualTo("GET, HEAD");
      assertThat(response.body().string()).isEqualTo("%s takes only GET, HEAD\n", path);
    }
  }

  @Test
  void answersHeadLikeGet() throws IOException {
    try (Response response = client.newCall(request("/").head().build()).execute()) {
      assertThat(response.code()).isEqualTo(302);
    }
  }

  @Test
  void clientsThatDoNotReadDelayNobody() throws IOException {
    String library =
        "GET /webjars/chart.js/4.5.1/dist/chart.umd.min.js HTTP/1.1\r\nHost: webui\r\n\r\n";
    List<Socket> stalled = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      var socket = new Socket("localhost", server.port());
      socket.getOutputStream().write(library.repeat(40).getBytes(US_ASCII));
      stalled.add(socket);
    }
    long start = System.nanoTime();
    assertThat(body("/healthz", 200)).isEqualTo("ok");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    for (Socket socket : stalled) {
      socket.close();
    }
  }

  /** Sends a request through a socket, because OkHttp would normalize the path. */
  private String raw(String request) throws IOException {
    try (var socket = new Socket("localhost", server.port())) {
      socket.getOutputStream().write((request + "\r\n\r\n").getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  @Test
  void browsersRevalidateFilesAndKeepLibraries() throws IOException {
    Path file = files.resolve("style.css");
    Files.writeString(file, "p {}");
    String etag;
    try (Response response = get("/style.css")) {
      assertThat(response.header("Cache-Control")).isEqualTo("no-cache");
      etag = response.header("ETag");
    }
    assertThat(revalidate(etag)).isEqualTo(304);
    Files.writeString(file, "a { }");
    assertThat(revalidate(etag)).isEqualTo(200);

    try (Response response = get("/webjars/chart.js/4.5.1/dist/chart.umd.min.js")) {
      assertThat(response.header("Cache-Control")).isEqualTo("max-age=31622400");
      assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(response.header("Content-Type")).startsWith("text/javascript");
    }
  }

  @Test
  void compressesLibraries() throws IOException {
    var library = request("/webjars/chart.js/4.5.1/dist/chart.umd.min.js");
    var gzip = library.header("Accept-Encoding", "gzip").build();
    try (Response response = client.newCall(gzip).execute()) {
      assertThat(response.header("Content-Encoding")).isEqualTo("gzip");
    }
  }

  private int revalidate(String etag) throws IOException {
    var request = request("/style.css").header("If-None-Match", etag).build();
    try (Response response = client.newCall(request).execute()) {
      return response.code();
    }
  }

  @Test
  void allLinksOfThePageWork() throws IOException {
    server.stop();
    server = serve(Path.of("files").toRealPath(), URI.create("redis://localhost:" + redisPort));
    String page;
    try (Response response = get("/index.html")) {
      page = response.body().string();
    }

    assertThat(page).containsOnlyOnce("15px"); // a public lab replaces it with sed
    assertThat(links(page))
        .hasSizeGreaterThan(2)
        .allSatisfy(
            url -> {
              try (Response response = get(url.startsWith("/") ? url : "/" + url)) {
                assertThat(response.code()).isEqualTo(200);
              }
            });
  }

  private static List<String> links(String page) {
    var links = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page);
    return links
        .results()
        .map(link -> link.group(1))
        .filter(url -> !url.startsWith("data:"))
        .toList();
  }

  private static WebServer serve(Path files, URI redis) {
    return Webui.server(new Settings(0, redis, files, false)).start();
  }

  private JsonNode awaitJson(int code) {
    return awaitJson(code, json -> true);
  }

  /** Polls, because webui reads Redis only four times a second. */
  private JsonNode awaitJson(int code, Predicate<JsonNode> expected) {
    return await()
        .ignoreExceptionsInstanceOf(AssertionError.class)
        .until(() -> new ObjectMapper().readTree(body("/json", code)), expected);
  }

  private String body(String path, int code) throws IOException {
    try (Response response = get(path)) {
      String body = response.body().string();
      assertThat(response.code()).as(body).isEqualTo(code);
      return body;
    }
  }

  private Response get(String path) throws IOException {
    return client.newCall(request(path).build()).execute();
  }

  private Request.Builder request(String path) {
    return new Request.Builder().url("http://localhost:" + server.port() + path);
  }
}
