package dockercoins.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fills hasher, which runs in its own process with the heap of its image, with slow uploads. */
class UploadsTest {

  /** hasher takes 1000 connections. The rest is for the requests that the test times. */
  private static final int UPLOADS = 990;

  private static final int ROUNDS = 3;
  private static final String HEAD = "POST / HTTP/1.1\r\nHost: hasher\r\nConnection: close\r\n";
  private static final String CHUNKED = HEAD + "Transfer-Encoding: chunked\r\n\r\n";

  /** The parts that a client sends first, in each round, and last, and the body that they make. */
  private record Upload(String first, String more, String last, String body) {}

  private static final List<Upload> KINDS =
      List.of(
          new Upload(HEAD + "Content-Length: 5\r\n\r\na", "b", "c", "abbbc"),
          new Upload(CHUNKED, "1\r\nb\r\n", "0\r\n\r\n", "bbb"),
          new Upload(CHUNKED + "1;x=", "y".repeat(100), "\r\na\r\n0\r\n\r\n", "a"),
          new Upload(CHUNKED + "1\r\na\r\n0\r\n", "X: y\r\n", "\r\n", "a"));

  @TempDir Path folder;

  private Process hasher;
  private int port;

  @BeforeEach
  void start() throws IOException {
    var service =
        ServiceProcess.start("dockercoins.hasher.Hasher", folder.resolve("log"), Map.of());
    hasher = service.process();
    port = service.port();
  }

  @AfterEach
  void stop() {
    hasher.destroyForcibly();
  }

  @Test
  void slowUploadsFitIntoTheHeapAndAllAreHashed() throws Exception {
    List<Socket> uploads = new ArrayList<>();
    for (int i = 0; i < UPLOADS; i++) {
      uploads.add(send(kind(i).first));
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < UPLOADS; i++) {
        write(uploads.get(i), kind(i).more);
      }
      assertThat(answer(send("GET / HTTP/1.1\r\nHost: hasher\r\nConnection: close\r\n\r\n")))
          .startsWith("HTTP/1.1 200 ");
    }
    for (int i = 0; i < UPLOADS; i++) {
      write(uploads.get(i), kind(i).last);
    }
    for (int i = 0; i < UPLOADS; i++) {
      assertThat(answer(uploads.get(i)))
          .startsWith("HTTP/1.1 200 ")
          .endsWith("\r\n\r\n" + sha256(kind(i).body));
    }
    assertThat(Files.readString(folder.resolve("log"))).doesNotContain("OutOfMemoryError");
  }

  private static Upload kind(int upload) {
    return KINDS.get(upload % KINDS.size());
  }

  private Socket send(String request) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    write(socket, request);
    return socket;
  }

  private static void write(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
  }

  private static String answer(Socket socket) throws IOException {
    try (socket) {
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private static String sha256(String body) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(body.getBytes(ISO_8859_1));
    return HexFormat.of().formatHex(hash);
  }
}
