package dockercoins.rng;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.javalin.Javalin;
import java.io.IOException;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RngTest {

  private static final OkHttpClient client = new OkHttpClient();
  private static Javalin server;

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
  void givesAsManyBytesAsItIsAsked(String path, int count) throws IOException {
    try (Response response = get("/" + path)) {
      assertThat(response.code()).isEqualTo(200);
      assertThat(response.header("Content-Type")).isEqualTo("application/octet-stream");
      assertThat(response.body().bytes()).hasSize(count);
    }
  }

  @Test
  void givesOtherBytesEachTime() throws IOException {
    try (Response one = get("/32");
        Response other = get("/32")) {
      assertThat(one.body().bytes()).isNotEqualTo(other.body().bytes());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/abc", "/-1", "/+1", "/1.5", "/1a", "/%D9%A3", "/32/", "//32", "/a/b"})
  void whatIsNoNumberIsNotFound(String path) throws IOException {
    try (Response response = get(path)) {
      assertThat(response.code()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"33554433", "2147483648", "99999999999999999999"})
  void tooManyBytesAreRefusedWithTheLimit(String count) throws IOException {
    try (Response response = get("/" + count)) {
      assertThat(response.code()).isEqualTo(400);
      assertThat(response.body().string()).contains(count, "at most 33554432");
    }
  }

  @Test
  void thirtyTwoMebibytesFitThroughTheHeapOfTheImage() throws IOException {
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

  @Test
  void aPortThatIsTakenIsNamed() {
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
