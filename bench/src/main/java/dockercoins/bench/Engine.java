package dockercoins.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The engine's API, for what {@code docker} is too slow for: it takes 30 ms to start. */
final class Engine {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SOCKET =
      System.getenv().getOrDefault("DOCKER_HOST", "unix:///var/run/docker.sock");

  private Engine() {}

  record Container(String id, String service, String address, long pid, Instant startedAt) {}

  static String version() throws IOException {
    return request("GET", "/version").get("Version").asText();
  }

  static Container start(String id) throws IOException {
    request("POST", "/containers/%s/start".formatted(id));
    return inspect(id);
  }

  /** Those that run and have all these labels of Compose, as in service=redis. */
  static List<Container> containers(String... labels) throws IOException {
    List<String> wanted =
        Stream.of(labels).map(label -> "\"com.docker.compose.%s\"".formatted(label)).toList();
    String filters = "{\"label\":%s}".formatted(wanted);
    List<Container> containers = new ArrayList<>();
    for (JsonNode container :
        request(
            "GET",
            "/containers/json?filters=" + URLEncoder.encode(filters, StandardCharsets.UTF_8))) {
      containers.add(inspect(container.get("Id").asText()));
    }
    return containers;
  }

  private static Container inspect(String id) throws IOException {
    JsonNode container = request("GET", "/containers/%s/json".formatted(id));
    String address = "";
    for (JsonNode network : container.at("/NetworkSettings/Networks")) {
      address = network.path("IPAddress").asText();
    }
    return new Container(
        id,
        container.at("/Config/Labels/com.docker.compose.service").asText(),
        address,
        container.at("/State/Pid").asLong(),
        Instant.parse(container.at("/State/StartedAt").asText()));
  }

  private static JsonNode request(String method, String path) throws IOException {
    if (!SOCKET.startsWith("unix://")) {
      throw new IOException(
          "DOCKER_HOST %s: not on this machine. Set it to unix:// and the path of a socket."
              .formatted(SOCKET));
    }
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      connect(channel);
      // 1.0, so that the answer ends with the connection
      String request =
          "%s %s HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n".formatted(method, path);
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      String answer =
          new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
      String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
      if (!answer.matches("(?s)HTTP/1.\\d 2.*")) {
        throw new IOException(
            "%s %s: the engine at %s says %s".formatted(method, path, SOCKET, body.strip()));
      }
      return JSON.readTree(body);
    }
  }

  private static void connect(SocketChannel channel) throws IOException {
    try {
      channel.connect(UnixDomainSocketAddress.of(SOCKET.substring("unix://".length())));
    } catch (IOException e) {
      throw new IOException(
          "%s: %s. Start Docker, or set DOCKER_HOST to the socket of the engine."
              .formatted(SOCKET, e.getMessage()),
          e);
    }
  }
}
