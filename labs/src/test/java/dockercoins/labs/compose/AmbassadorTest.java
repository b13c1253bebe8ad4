package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ambassador alone. Its backends are ambassadors, too, and serve their statistics pages. */
@ExtendWith(Report.Extension.class)
class AmbassadorTest {

  private static final String HARDENED =
      " --read-only --cap-drop ALL --security-opt no-new-privileges";
  private static final String RECONFIGURE = "docker run --rm dockercoins-ambassador reconfigure ";

  @BeforeAll
  static void build() throws Exception {
    docker("build -q -t dockercoins-ambassador ../ambassador");
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
    Shell.run("docker", "run", "--rm", "dockercoins-ambassador", "reconfigure " + config + "  ");
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
    docker("network create labs-ambassador");
    docker(
        "run -d --name labs-b1 --network labs-ambassador -e ADMIN=80 dockercoins-ambassador run");
    docker(
        "run -d --name labs-b2 --network labs-ambassador -e ADMIN=80 dockercoins-ambassador run");
    docker(
        "run -d --name labs-front --network labs-ambassador -p 80 -p 1936 -e ADMIN=1936"
            + HARDENED
            + " dockercoins-ambassador 80 labs-b1:80 labs-b2:80 labs-nowhere:80");
    try {
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
      assertThat(stopped).isLessThan(Duration.ofSeconds(2)); // of which the engine takes a part
    } finally {
      docker("rm -f -v labs-b1 labs-b2 labs-front");
      docker("network rm labs-ambassador");
    }
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
