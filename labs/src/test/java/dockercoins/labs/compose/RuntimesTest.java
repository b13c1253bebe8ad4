package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.Shell;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each image alone, with the users, ports and privileges of other container runtimes. */
class RuntimesTest {

  private static final List<String> IMAGES =
      List.of("rng", "hasher", "worker", "webui", "ambassador");

  /** Docker lets every user listen on port 80. containerd 1 and CRI-O do not. */
  private static final String ROOT_PORTS = "--sysctl net.ipv4.ip_unprivileged_port_start=1024";

  private static final List<String> RUNTIMES =
      List.of(
          "",
          "--cap-drop ALL",
          "--security-opt no-new-privileges",
          "--read-only",
          "--user 1000:0",
          "--user 1000640000:0", // as on OpenShift
          "--user 1000640000:0 --read-only --cap-drop ALL --security-opt no-new-privileges",
          "--user 0",
          "--sysctl net.ipv4.ip_unprivileged_port_start=0",
          ROOT_PORTS + " --user 0");

  @BeforeAll
  static void build() throws Exception {
    for (String image : IMAGES) {
      Shell.run("docker", "build", "-q", "-t", tag(image), "../" + image);
    }
  }

  @AfterAll
  static void remove() throws Exception {
    for (String image : IMAGES) {
      Shell.run("docker", "rmi", tag(image));
    }
  }

  static Stream<Arguments> imagesAndRuntimes() {
    return IMAGES.stream()
        .flatMap(image -> RUNTIMES.stream().map(options -> Arguments.of(image, options)));
  }

  @ParameterizedTest
  @MethodSource("imagesAndRuntimes")
  void worksOnEachRuntime(String image, String options) throws Exception {
    assertWorks(image, options, 80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rng", "hasher", "webui", "ambassador"})
  void worksOnPort8080WhereOnlyRootMayListenOnPort80(String image) throws Exception {
    assertWorks(image, ROOT_PORTS + " -e PORT=8080", 8080);
  }

  @ParameterizedTest
  @CsvSource({
    "rng,        rng: port 80,         PORT to 8080",
    "hasher,     hasher: port 80,      PORT to 8080",
    "webui,      webui: port 80,       PORT to 8080",
    "ambassador, ambassador: port 80,  the port to 8080",
  })
  void namesTheRemediesWhereOnlyRootMayListen(String image, String port, String remedy)
      throws Exception {
    assertThat(Shell.fail(run("--rm " + ROOT_PORTS, image, 80)))
        .isEqualTo(
            port
                + ": Permission denied: only root may listen on ports below 1024 here: set "
                + remedy
                + ", or the sysctl net.ipv4.ip_unprivileged_port_start to 0,"
                + " or run as root (--user 0)");
  }

  @Test
  void theAmbassadorNamesTheRemediesForItsAdminPort() throws Exception {
    assertThat(Shell.fail(run("--rm " + ROOT_PORTS + " -e ADMIN=81", "ambassador", 8080)))
        .startsWith("ambassador: ADMIN: port 81: Permission denied: only root may listen")
        .contains("set ADMIN to 8081, or the sysctl");
  }

  /** The setting runAsNonRoot of Kubernetes accepts no names of users. */
  @ParameterizedTest
  @ValueSource(strings = {"rng", "hasher", "worker", "webui", "ambassador"})
  void theUserIsANumber(String image) throws Exception {
    assertThat(Shell.run("docker", "inspect", "-f", "{{.Config.User}}", tag(image)))
        .isEqualTo("65534:65534");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--tmpfs /run",
        "-v labs-run:/run",
        "-v labs-run:/run:nocopy", // which belongs to root
      })
  void theAmbassadorAcceptsAnyVolume(String volume) throws Exception {
    try {
      assertWorks("ambassador", "--read-only --user 1000640000:0 " + volume, 80);
    } finally {
      Shell.run("docker", "volume", "rm", "-f", "labs-run");
    }
  }

  /** Waits until a container answers over HTTP. The worker has to log its first line. */
  private static void assertWorks(String image, String options, int port) throws Exception {
    String id = Shell.run(run("-d -p " + port + " " + options, image, port));
    try {
      await(image + " with '" + options + "'")
          .pollDelay(Duration.ZERO)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                if (image.equals("worker")) {
                  assertThat(Shell.run("docker", "logs", id)).contains("0 units of work done");
                } else {
                  assertThat(Http.get(published(id), "/healthz")).isNotEmpty();
                }
              });
    } finally {
      Shell.run("docker", "rm", "-f", "-v", id);
    }
  }

  /** The backend of the ambassador is its own page of statistics. */
  private static String[] run(String options, String image, int port) {
    List<String> command = new ArrayList<>(List.of("docker", "run"));
    if (image.equals("ambassador")) {
      command.addAll(List.of("-e", "ADMIN=8181"));
    }
    command.addAll(List.of(options.strip().split(" ")));
    command.add(tag(image));
    if (image.equals("ambassador")) {
      command.addAll(List.of(Integer.toString(port), "127.0.0.1:8181"));
    }
    return command.toArray(String[]::new);
  }

  private static int published(String container) throws Exception {
    String address = Shell.run("docker", "port", container).lines().findFirst().orElseThrow();
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  private static String tag(String image) {
    return "labs-runtimes-" + image;
  }
}
