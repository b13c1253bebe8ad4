package dockercoins.local;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Opens as many connections as webui accepts, and does not read the answers. webui runs in its own
 * process, with the heap that its image has.
 */
class UnreadAnswersTest {

  private static final int CONNECTIONS = 2100; // the limit is 2000

  @TempDir Path folder;

  private Process process;
  private int port;

  @BeforeEach
  void start() throws IOException {
    Path files = Files.createDirectory(folder.resolve("files"));
    Files.write(files.resolve("large"), new byte[50 << 20]);
    Files.write(files.resolve("small.js"), new byte[60_000]);
    var service =
        ServiceProcess.start(
            "dockercoins.webui.Webui",
            folder.resolve("log"),
            Map.of("FILES", files.toString(), "REDIS_URL", "redis://localhost:1"));
    process = service.process();
    port = service.port();
  }

  @AfterEach
  void stop() {
    process.destroyForcibly();
  }

  @ParameterizedTest
  @CsvSource({
    "/webjars/chart.js/4.5.1/dist/chart.umd.min.js, identity, 20",
    "/webjars/chart.js/4.5.1/dist/chart.umd.min.js, gzip, 20",
    "/large, identity, 2",
    "/small.js, identity, 10"
  })
  void clientsThatDoNotReadDelayNobody(String path, String encoding, int requests)
      throws IOException {
    String request =
        "GET %s HTTP/1.1\r\nHost: webui\r\nAccept-Encoding: %s\r\nRange: bytes=0-1,3-9\r\n\r\n"
            .formatted(path, encoding);
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      var client = new Socket();
      client.setReceiveBufferSize(4096);
      client.connect(new InetSocketAddress("127.0.0.1", port));
      client.getOutputStream().write(request.repeat(requests).getBytes(US_ASCII));
      clients.add(client);
    }
    for (int i = 0; i < 5; i++) {
      await().atMost(Duration.ofSeconds(10)).until(() -> healthz().endsWith("\r\n\r\nok"));
    }
    for (Socket client : clients) {
      client.close();
    }
    assertThat(healthz()).endsWith("\r\n\r\nok");
    assertThat(process.isAlive()).isTrue();
  }

  private String healthz() throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      String request = "GET /healthz HTTP/1.1\r\nHost: webui\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }
}
