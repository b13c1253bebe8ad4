package dockercoins.rng;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RngTest {

  private static final OkHttpClient client = new OkHttpClient();
  private static WebServer server;

  @BeforeAll
  static void start() {
    server = Rng.server(new Settings(0, 0, 1, false)).start();
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
      assertThat(response.body().string()).matches("RNG running on \\S+\n");
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
  @CsvSource({"0, 0", "1, 1", "32, 32", "00000000032, 32", "32?x, 32", "8193, 8193"})
  void givesTheRequestedNumberOfBytes(String path, int count) throws IOException {
    try (Response response = get("/" + path)) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.header("Content-Type")).isEqualTo("application/octet-stream");
      assertThat(response.body().bytes()).hasSize(count);
    }
  }

  @Test
  void givesDifferentBytesEachTime() throws IOException {
    try (Response one = get("/32");
        Response other = get("/32")) {
      assertThat(one.body().bytes()).isNotEqualTo(other.body().bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/abc", "/-1", "/+1", "/1.5", "/1a", "/%D9%A3", "/32/", "//32", "/a/b"})
  void aPathThatIsNotANumberIsNotFound(String path) throws IOException {
    try (Response response = get(path)) {
      assertThat(response.code()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({"PUT, /32", "PATCH, /0", "DELETE, /", "BREW, /32", "POST, /32?x"})
  void onlyGetAndHeadAreAllowed(String method, String path) throws IOException {
    var body = RequestBody.create("hello", null);
    var request = new Request.Builder().url(url(path)).method(method, body).build();
    try (Response response = client.newCall(request).execute()) {
      assertThat(response.code()).isEqualTo(405);
      assertThat(response.header("Allow")).isEqualTo("GET, HEAD");
      assertThat(response.body().string())
          .isEqualTo("%s takes only GET, HEAD\n", request.url().encodedPath());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"33554433", "2147483648", "99999999999999999999"})
  void tooManyBytesAreRefusedWithTheLimit(String count) throws IOException {
    try (Response response = get("/" + count)) {
      assertThat(response.code()).isEqualTo(400);
      assertThat(response.body().string())
          .isEqualTo("%s bytes are too many: ask for at most 33554432\n", count);
    }
  }

  @Test
  void aLongNumberIsShortenedInTheAnswer() throws IOException {
    try (Response response = get("/" + "9".repeat(5000))) {
      assertThat(response.code()).isEqualTo(400);
      assertThat(response.body().string()).startsWith("9".repeat(20) + "... bytes are too many");
    }
    try (Response response = get("/" + "0".repeat(5000) + "32")) {
      assertThat(response.body().bytes()).hasSize(32);
    }
  }

  @Test
  void sends32MebibytesWithTheHeapOfTheImage() throws IOException {
    try (Response response = get("/33554432")) {
      assertThat(response.header("Content-Length")).isEqualTo("33554432");
      assertThat(response.body().byteStream().transferTo(java.io.OutputStream.nullOutputStream()))
          .isEqualTo(33_554_432);
    }
  }

  @Test
  void headHasTheLengthAndNoBody() throws IOException {
    var head = new Request.Builder().url(url("/32")).head().build();
    try (Response response = client.newCall(head).execute()) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.header("Content-Length")).isEqualTo("32");
    }
  }

  /** Jetty may still read into a buffer that it has released: see {@link WebServer}. */
  @Test
  void requestsDoNotShareBuffers() {
    var connector = (ServerConnector) server.jetty().getConnectors()[0];
    var http = connector.getConnectionFactory(HttpConnectionFactory.class);
    assertThat(http.isUseInputDirectByteBuffers()).isFalse();

    RetainableByteBuffer first = connector.getByteBufferPool().acquire(8192, false);
    first.release();
    RetainableByteBuffer second = connector.getByteBufferPool().acquire(8192, false);
    assertThat(second.getByteBuffer().array()).isNotSameAs(first.getByteBuffer().array());
  }

  @Test
  void aPortInUseIsReported() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rng.server(new Settings(server.port(), 0, 1, false)).start())
        .withMessage("port %d: Address already in use: set PORT to another", server.port());
  }

  private static Response get(String path) throws IOException {
    return client.newCall(new Request.Builder().url(url(path)).build()).execute();
  }

  private static String url(String path) {
    return "http://localhost:" + server.port() + path;
  }
}
