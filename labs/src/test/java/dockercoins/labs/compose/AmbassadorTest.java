package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ambassador alone. Its backends are ambassadors, too, and serve their statistics pages. */
@ExtendWith(OncePerRun.class)
class AmbassadorTest {

  private static final String HARDENED =
      " --read-only --cap-drop ALL --security-opt no-new-privileges";
  private static final String RECONFIGURE = "docker run --rm labs-ambassador reconfigure ";

  @BeforeAll
  static void build() throws Exception {
    docker("build -q -t labs-ambassador ../ambassador");
    docker("network create labs-ambassador");
  }

  @AfterEach
  void removeContainers() throws Exception {
    docker("rm -f -v labs-b1 labs-b2 labs-front");
    docker("volume rm -f labs-ambassador");
  }

  @AfterAll
  static void remove() throws Exception {
    docker("network rm labs-ambassador");
    docker("rmi labs-ambassador");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80 www1 1234 www2 2345",
        "127.127.0.2:80 10.0.0.1 32768",
        "*:80 10.0.0.1:80",
        "[::1]:80 [2001:db8::1]:80 [2001:db8::2] 81",
        "80 dns:rng:80 dns:rng:81 www:80",
      })
  void acceptsTheConfigurationsOfHambaAndMore(String config) throws Exception {
    Shell.run((RECONFIGURE + config).split(" "));
    Shell.run("docker", "run", "--rm", "labs-ambassador", "reconfigure " + config + "  ");
  }

  @Test
  void acceptsManyBackends() throws Exception {
    String backends =
        IntStream.range(0, 200)
            .mapToObj(i -> "10.0.0." + i + ":80")
            .collect(Collectors.joining(" "));
    Shell.run((RECONFIGURE + "80 " + backends).split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
          """
          80,               no backend
          80 www,           'www': no port: give ADDRESS:PORT
          0 www:80,         '0' is not a port: give a number from 1 to 65535
          80 www:0,         '0' is not a port
          80 www:70000,     '70000' is not a port
          80 www:x,         'x' is not a port
          x www:80,         'x' is not a port
          80 w"w:80,        'w"w' is not the name or address of a host
          80 w'w 80,        'w'w' is not the name or address of a host
          80 $(id):80,      '$(id)' is not the name or address of a host
          80 ::1:80,        write an IPv6 address in brackets
          80 www:80 www:80, another server named 'www:80' was already defined
          www:80 a:80,      invalid address: 'www'
          """)
  void refusesInvalidConfigurations(String config, String message) throws Exception {
    assertThat(Shell.fail((RECONFIGURE + config).split(" "))).contains(message);
  }

  @Test
  void skipsADeadBackendUntilItIsBack(Report report) throws Exception {
    startBackend("labs-b1");
    startBackend("labs-b2");
    startFront(HARDENED, "80 labs-b1:80 labs-b2:80 labs-nowhere:80");
    int port = port("80");
    int admin = port("1936");
    awaitStatus(admin, "labs-b1:80", "UP");
    awaitStatus(admin, "labs-b2:80", "UP");
    assertThat(Http.get(admin, "/metrics")).contains("haproxy_server_status");

    docker("kill labs-b1");
    double out = awaitStatus(admin, "labs-b1:80", "DOWN|MAINT");
    assertThat(Http.get(port, "/")).contains("Statistics Report");
    docker("start labs-b1");
    double back = awaitStatus(admin, "labs-b1:80", "UP");
    report.add("dead backend skipped, without load", "under 3 s", "%.1f s".formatted(out));
    report.add("backend used again", "under 5 s", "%.1f s".formatted(back));
    assertThat(out).isLessThan(3);
    assertThat(back).isLessThan(5);

    assertThat(Shell.fail("docker", "exec", "labs-front", "hamba", "reconfigure", "80", "b1"))
        .contains("'b1': no port");
    assertThat(Http.get(port, "/")).contains("Statistics Report");

    long start = System.nanoTime();
    docker("stop labs-front");
    Duration stopped = Duration.ofNanos(System.nanoTime() - start);
    report.add("stop of an ambassador", "under 1000 ms", stopped.toMillis() + " ms");
    assertThat(stopped).isLessThan(Duration.ofSeconds(2)); // includes the engine's time
  }

  /** libc finds these names by the search domain, when there are containers that have them. */
  @Test
  void findsNamesInTheSearchDomains(Report report) throws Exception {
    startFront(
        "--dns-search nowhere.test --dns-search labs.test", "80 labs-one:80 dns:labs-all:80");
    awaitAdmin();
    startBackend("labs-b1 --network-alias labs-one.labs.test --network-alias labs-all.labs.test");
    double first = awaitStatus(port("1936"), "labs-one:80", "UP");
    awaitStatus(port("1936"), "labs-all-80-1", "UP");
    report.add("name found in a search domain", "under 2 s", "%.1f s".formatted(first));
    assertThat(first).isLessThan(4); // includes the engine's time
    startBackend("labs-b2 --network-alias labs-all.labs.test");
    awaitStatus(port("1936"), "labs-all-80-2", "UP");

    docker("rm -f -v labs-b1");
    awaitStatus(port("1936"), "labs-one:80", "DOWN|MAINT");
    docker("network disconnect labs-ambassador labs-b2"); // so that it gets another address
    docker("network connect --alias labs-one.labs.test labs-ambassador labs-b2");
    awaitStatus(port("1936"), "labs-one:80", "UP");
    assertThat(Http.get(port("80"), "/")).contains("Statistics Report");
  }

  @Test
  void keepsServingAfterAReconfigureToAPortOrAddressThatItCannotHave() throws Exception {
    startFront("--sysctl net.ipv4.ip_unprivileged_port_start=1024", "8080 127.0.0.1:1936");
    awaitStatus(port("1936"), "127.0.0.1:1936", "UP");

    assertThat(Shell.fail("docker exec labs-front ambassador reconfigure 80 a:80".split(" ")))
        .contains("port 80: Permission denied: only root may listen on ports below 1024 here");
    docker("run --rm --volumes-from labs-front labs-ambassador reconfigure 80 a:80");
    docker("exec labs-front ambassador reconfigure 203.0.113.1:8080 a:80");
    await()
        .untilAsserted(
            () ->
                assertThat(Shell.run("sh", "-c", "docker logs labs-front 2>&1"))
                    .contains("port 80: Permission denied: only root")
                    .contains("HAProxy cannot serve '203.0.113.1:8080 a:80'"));
    assertThat(docker("exec labs-front ambassador showconfig")).contains("127.0.0.1:1936");
    awaitStatus(port("1936"), "127.0.0.1:1936", "UP");
  }

  @Test
  void servesTheLastGoodConfigurationAfterAKill() throws Exception {
    startFront("", "run");
    awaitAdmin();
    docker("exec labs-front ambassador reconfigure 80 a:80");
    for (int i = 0; i < 5; i++) {
      var both = new ArrayList<Process>();
      for (String backend : List.of("a" + i, "b" + i)) {
        both.add(
            new ProcessBuilder(
                    "docker exec labs-front ambassador reconfigure 80 %s:80"
                        .formatted(backend)
                        .split(" "))
                .start());
      }
      docker("kill labs-front"); // while the two may still be running
      for (Process process : both) {
        process.waitFor();
      }
      docker("start labs-front");
      String config = docker("exec labs-front cat /run/config");
      assertThat(config).matches("80 [ab]\\d?:80");
      awaitBackend(config.substring(3));
    }
    docker("exec labs-front ambassador reconfigure 80 c:80");
    awaitBackend("c:80");
    docker("exec labs-front ambassador reconfigure 203.0.113.1:80 d:80");
    docker("kill labs-front");
    docker("start labs-front");
    awaitBackend("c:80");
  }

  /** An older version made its volume for its own user. */
  @Test
  void readsTheVolumeOfAnOlderVersion() throws Exception {
    Shell.run(
        "docker",
        "run",
        "--rm",
        "--user",
        "0",
        "-v",
        "labs-ambassador:/run",
        "--entrypoint",
        "sh",
        "labs-ambassador",
        "-c",
        "chown 99:99 /run && chmod 755 /run && echo 80 127.0.0.1:1936 >/run/config");
    startFront("-v labs-ambassador:/run" + HARDENED, "run");
    awaitStatus(port("1936"), "127.0.0.1:1936", "UP");

    docker("run --rm --volumes-from labs-front labs-ambassador reconfigure 80 127.0.0.1:81");
    awaitStatus(port("1936"), "127.0.0.1:81", "DOWN");
    docker("kill labs-front");
    docker("start labs-front");
    awaitStatus(port("1936"), "127.0.0.1:81", "DOWN");
  }

  /** More clients than the ambassador serves. */
  @Test
  void silentClientsDoNotShutOthersOut(Report report) throws Exception {
    docker("run -d --name labs-b1 --network labs-ambassador redis:8");
    startFront("", "80 labs-b1:6379");
    awaitStatus(port("1936"), "labs-b1:6379", "UP");
    // without Docker's proxy of published ports, which cannot have so many clients
    String address = Engine.network("labs-front").getValue().getIpAddress();
    var silent = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 4100; i++) {
        silent.add(new Socket(address, 80));
      }
      long start = System.nanoTime();
      try (var client = new Socket(address, 80)) {
        client.setSoTimeout(10_000);
        client.getOutputStream().write("PING\r\n".getBytes());
        assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("+PONG");
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      report.add("answer among 4100 silent clients", "under 5 s", "%.1f s".formatted(seconds));
      assertThat(seconds).isLessThan(5);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  private static void startBackend(String nameAndOptions) throws Exception {
    docker(
        "run -d --network labs-ambassador -e ADMIN=80 --name %s labs-ambassador run"
            .formatted(nameAndOptions));
  }

  private static void startFront(String options, String config) throws Exception {
    docker(
        ("run -d --name labs-front --network labs-ambassador -p 80 -p 1936 -e ADMIN=1936 "
                + options.strip()
                + " labs-ambassador "
                + config)
            .replace("  ", " "));
  }

  private static void awaitBackend(String server) {
    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(Http.get(port("1936"), "/;csv")).contains("ambassador," + server));
  }

  private static void awaitAdmin() {
    await().ignoreExceptions().until(() -> !Http.get(port("1936"), "/;csv").isEmpty());
  }

  /** Waits until the statistics show this status, and returns how long that took, in seconds. */
  private static double awaitStatus(int admin, String server, String status) {
    long start = System.nanoTime();
    await()
        .ignoreExceptions()
        .pollDelay(Duration.ZERO)
        .until(
            () ->
                Http.get(admin, "/;csv")
                    .lines()
                    .anyMatch(
                        line -> line.matches("ambassador," + server + ",.*,(" + status + "),.*")));
    return (System.nanoTime() - start) / 1e9;
  }

  private static int port(String inside) throws Exception {
    String published = docker("port labs-front " + inside).lines().findFirst().orElseThrow();
    return Integer.parseInt(published.substring(published.lastIndexOf(':') + 1));
  }

  private static String docker(String arguments) throws Exception {
    return Shell.run(("docker " + arguments).split(" "));
  }
}
