package dockercoins.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** How long it takes until a service answers, and until there is the first hash. */
final class Starting {

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private Starting() {}

  static List<Measurement> measurements() {
    List<Measurement> measurements = new ArrayList<>();
    for (String service : List.of("rng", "hasher", "webui")) {
      String path = service.equals("webui") ? "/index.html" : "/";
      measurements.add(
          Measurement.of(
              Figure.less(
                  "start." + service, "s", "from the start of its container to the first 200"),
              (stack, run) ->
                  run.add("start." + service, start(stack.create(service), service, path))));
    }
    for (int workers : List.of(1, 10)) {
      measurements.add(
          Measurement.of(
              Figure.less(
                  "up." + workers,
                  "s",
                  "from docker compose up with so many workers to the first hash"),
              (stack, run) -> run.add("up." + workers, up(stack, workers))));
    }
    return measurements;
  }

  private static double start(String id, String service, String path)
      throws IOException, InterruptedException {
    Engine.Container container = Engine.start(id);
    awaitOk(service, container.address(), path);
    return Duration.between(container.startedAt(), Instant.now()).toNanos() / 1e9;
  }

  private static double up(Stack stack, int workers) throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (Command up = stack.start("up", "-d", "--scale", "worker=" + workers);
        Redis redis = Redis.awaitMining(stack)) {
      double seconds = (System.nanoTime() - start) / 1e9;
      up.await();
      return seconds;
    }
  }

  /** Asks until the answer is 200. */
  static void awaitOk(String service, String address, String path)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String answer = "";
    while (System.nanoTime() < deadline) {
      try {
        answer = status(address, path);
        if (answer.matches("HTTP/1.\\d 200.*")) {
          return;
        }
      } catch (IOException e) {
        answer = e.getMessage();
      }
      Thread.sleep(5);
    }
    throw new IOException(
        "%s: GET %s at %s:80 gives %s, not 200, for %d s. Look at its log."
            .formatted(service, path, address, answer, PATIENCE.toSeconds()));
  }

  /** A bare socket: an HTTP client would add its own start to the first one measured. */
  private static String status(String address, String path) throws IOException {
    try (var socket = new Socket()) {
      socket.setSoTimeout(2000);
      socket.connect(new InetSocketAddress(address, 80), 1000);
      socket
          .getOutputStream()
          .write(
              "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                  .formatted(path, address)
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream answer = socket.getInputStream();
      return new String(answer.readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
    }
  }
}
