package dockercoins.rng;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.jetty.io.EndPoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Talks to the server through sockets, with a connection for each request, as the workshop does.
 */
class ArrivalQueueTest {

  private static final int DELAY_MS = 100;

  private final PrintStream stdout = System.out;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private WebServer server;
  private ArrivalQueue queue;

  @BeforeEach
  void capture() {
    System.setOut(new PrintStream(log, true));
  }

  @AfterEach
  void stop() {
    server.stop();
    System.setOut(stdout);
  }

  @Test
  void tenRequestsAtOnceTakeTenDelaysAndAreAnsweredInOrder() throws Exception {
    start(DELAY_MS);
    List<Integer> answered = new ArrayList<>();
    long start = System.nanoTime();

    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      clients.add(arrive("GET /10", i, answered));
    }
    for (Thread client : clients) {
      client.join();
    }

    Duration all = Duration.ofNanos(System.nanoTime() - start);
    stdout.printf("10 x GET /10 at once: %d ms, ideal 1000 ms%n", all.toMillis());
    assertThat(answered).isEqualTo(IntStream.range(0, 10).boxed().toList());
    assertThat(all).isBetween(Duration.ofMillis(960), Duration.ofMillis(1300));
  }

  @Test
  void allRequestsExceptHealthzWaitInTheQueue() throws Exception {
    start(500);
    List<String> requests = List.of("GET /10", "HEAD /", "GET /", "GET /abc", "POST /", "GET /1");
    List<Integer> answered = new ArrayList<>();
    List<Thread> clients = new ArrayList<>();
    for (String request : requests) {
      clients.add(arrive(request, clients.size(), answered));
    }
    assertThat(exchange("GET /healthz")).startsWith("HTTP/1.1 200");
    assertThat(answered).isEmpty();

    for (Thread client : clients) {
      client.join();
    }
    await().until(() -> logged().size() == requests.size() + 1);
    assertThat(logged().getFirst()).contains("GET /healthz ");
    for (int i = 0; i < requests.size(); i++) {
      assertThat(logged().get(i + 1)).contains(requests.get(i) + " ");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2000, Rng.MAX_CONNECTIONS + 500})
  void allWaitingClientsAreAnswered(int clients) throws Exception {
    start(DELAY_MS);
    List<Socket> waiting = new ArrayList<>();
    waiting.add(send("GET /1"));
    for (int i = 1; i < clients; i++) {
      waiting.add(send("GET /"));
    }
    for (Socket socket : waiting) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aWaitingClientIsNotIdle() throws Exception {
    start(300);
    List<Socket> waiting = List.of(send("GET /1"), send("GET /2"), send("GET /3"), send("GET /4"));
    await().until(() -> queue.getTotalRequestCount() == waiting.size());
    for (EndPoint client : server.jetty().getConnectors()[0].getConnectedEndPoints()) {
      client.setIdleTimeout(100);
    }

    for (Socket socket : waiting) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aStopAnswersWaitingClientsAndRefusesNewOnes() throws Exception {
    start(DELAY_MS);
    int port = server.port();
    List<Socket> waiting = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      waiting.add(send("GET /1"));
    }
    await().until(() -> queue.getTotalRequestCount() == waiting.size());
    Thread stop = Thread.startVirtualThread(server::stop);

    await()
        .untilAsserted(
            () ->
                assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> new Socket("localhost", port).close()));
    for (Socket socket : waiting) {
      assertThat(answer(socket)).startsWith("HTTP/1.1 200");
    }
    stop.join();
  }

  @Test
  void aSilentClientDelaysNobody() throws Exception {
    start(0);
    try (var silent = new Socket("localhost", server.port())) {
      assertThat(exchange("GET /1")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aPathWithAUtf16EscapeIsNotFound() throws Exception {
    start(0);
    assertThat(exchange("GET /%u0033")).startsWith("HTTP/1.1 404 ").contains("not a number");
  }

  @ParameterizedTest
  @CsvSource({"GET /33554432, 1", "GET /, 20000", "GET /abc, 20000"})
  void aClientThatDoesNotReadIsDisconnected(String request, int times) throws Exception {
    start(0);
    byte[] requests = (request + " HTTP/1.1\r\nHost: rng\r\n\r\n").repeat(times).getBytes(US_ASCII);
    try (var stalled = new Socket()) {
      stalled.setReceiveBufferSize(1024);
      stalled.connect(new InetSocketAddress("127.0.0.1", server.port()));
      Thread writer = Thread.startVirtualThread(() -> write(stalled, requests));
      await().until(() -> queue.getTotalRequestCount() > 0);

      long start = System.nanoTime();
      assertThat(exchange("GET /1")).startsWith("HTTP/1.1 200");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(Duration.ofSeconds(ArrivalQueue.READ_TIMEOUT_S + 1));
      writer.join();
    }
  }

  private static void write(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException e) {
      // the server has closed the connection
    }
  }

  @Test
  void eachRequestIsLoggedOnOneLine() throws Exception {
    start(0);
    exchange("GET /32");

    await().until(() -> logged().size() == 1);
    assertThat(logged().getFirst())
        .matches("127.0.0.1 - - \\[.+ \\+0000] \"GET /32 HTTP/1.1\" 200 32");
  }

  private List<String> logged() {
    return log.toString().lines().toList();
  }

  private void start(int delayMs) {
    server = Rng.server(new Settings(0, delayMs, 1, false)).start();
    queue = server.jetty().getDescendant(ArrivalQueue.class);
  }

  /** Sends a request, and returns when it is in the queue. */
  private Thread arrive(String request, int number, List<Integer> answered) throws IOException {
    long before = queue.getTotalRequestCount();
    Socket socket = send(request);
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> queue.getTotalRequestCount() == before + 1);
    return Thread.startVirtualThread(
        () -> {
          answer(socket);
          synchronized (answered) {
            answered.add(number);
          }
        });
  }

  private String exchange(String request) throws IOException {
    return answer(send(request));
  }

  private Socket send(String request) throws IOException {
    var socket = new Socket("127.0.0.1", server.port());
    String head = request + " HTTP/1.1\r\nHost: rng\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) {
    try (socket) {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
