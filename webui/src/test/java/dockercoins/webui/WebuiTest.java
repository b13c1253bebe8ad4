package dockercoins.webui;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.Javalin;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

class WebuiTest {

  @TempDir Path files;

  private final OkHttpClient client = new OkHttpClient.Builder().followRedirects(false).build();
  private int redisPort;
  private RedisServer redisServer;
  private RedisClient redis;
  private Javalin server;

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
  void beginsAtZero() throws IOException {
    JsonNode json = json(200);

    assertThat(json.get("coins").intValue()).isZero();
    assertThat(json.get("hashes").intValue()).isZero();
  }

  @Test
  void countsWhatRedisHolds() throws IOException {
    redis.incrBy("hashes", 1234567890123L);
    redis.hset("wallet", Map.of("0a", "x", "0b", "y"));

    JsonNode json = json(200);

    assertThat(json.get("coins").intValue()).isEqualTo(2);
    assertThat(json.get("hashes").longValue()).isEqualTo(1234567890123L);
    assertThat(json.get("now").doubleValue() * 1000)
        .isBetween(System.currentTimeMillis() - 10_000.0, System.currentTimeMillis() + 0.0);
    assertThat(json.size()).isEqualTo(3);
  }

  @Test
  void saysWithin2SThatRedisIsAwayAndIsBackWhenRedisIs() throws IOException {
    json(200);
    redisServer.stop();
    long start = System.nanoTime();

    assertThat(json(503).get("error").textValue())
        .isEqualTo("localhost:%d: Connection refused", redisPort);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    try (Response response = get("/readyz")) {
      assertThat(response.code()).isEqualTo(503);
    }
    try (Response response = get("/healthz")) {
      assertThat(response.code()).isEqualTo(200);
    }

    redisServer.start();
    json(200);
    try (Response response = get("/readyz")) {
      assertThat(response.body().string()).isEqualTo("ok");
    }
  }

  @Test
  void saysWithin2SThatRedisDoesNotAnswer() throws IOException {
    try (var silent = new ServerSocket(0)) {
      server.stop();
      server = serve(files, URI.create("redis://localhost:" + silent.getLocalPort()));
      long start = System.nanoTime();

      assertThat(json(503).get("error").textValue())
          .isEqualTo("localhost:%d did not answer within 1500 ms", silent.getLocalPort());
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void survivesKeysOfAnotherType() throws IOException {
    redis.set("wallet", "stolen");
    assertThat(json(503).get("error").textValue()).contains("WRONGTYPE");

    redis.del("wallet");
    redis.set("hashes", "many");
    assertThat(json(503).get("error").textValue()).contains("\"many\"");

    redis.del("hashes");
    json(200);
  }

  @Test
  void leadsToThePage() throws IOException {
    try (Response response = get("/")) {
      assertThat(response.code()).isEqualTo(302);
      assertThat(response.header("Location")).isEqualTo("/index.html");
    }
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
        "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/%2e%2e%2fsecret", "/x/../../secret",
        "/..%5csecret", "//etc/passwd", "/%252e%252e/secret", "/json/", "/nothing"
      })
  void servesNothingElse(String path) throws IOException {
    Path secret = files.resolveSibling("secret");
    Files.writeString(secret, "for nobody");
    try (var socket = new Socket("localhost", server.port())) { // OkHttp would tidy the path
      String request = "GET %s HTTP/1.1\r\nHost: webui\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.formatted(path).getBytes(US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
          .matches("(?s)HTTP/1.1 40[04] .*")
          .doesNotContain("for nobody");
    } finally {
      Files.delete(secret);
    }
  }

  @Test
  void thePageFindsAllItNeedsHere() throws IOException {
    server.stop();
    server = serve(Path.of("files").toRealPath(), URI.create("redis://localhost:" + redisPort));
    String page;
    try (Response response = get("/index.html")) {
      page = response.body().string();
    }

    assertThat(page).containsOnlyOnce("15px"); // a public lab replaces it with sed
    var links = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(page);
    assertThat(links.results().map(link -> link.group(1)).filter(url -> !url.startsWith("data:")))
        .hasSizeGreaterThan(2)
        .allSatisfy(
            url -> {
              try (Response response = get(url.startsWith("/") ? url : "/" + url)) {
                assertThat(response.code()).isEqualTo(200);
              }
            });
  }

  private static Javalin serve(Path files, URI redis) {
    return Webui.server(new Settings(0, redis, files, false)).start();
  }

  private JsonNode json(int code) throws IOException {
    try (Response response = get("/json")) {
      assertThat(response.code()).isEqualTo(code);
      assertThat(response.header("Content-Type")).startsWith("application/json");
      return new ObjectMapper().readTree(response.body().string());
    }
  }

  private Response get(String path) throws IOException {
    var request = new Request.Builder().url("http://localhost:" + server.port() + path);
    return client.newCall(request.build()).execute();
  }
}
