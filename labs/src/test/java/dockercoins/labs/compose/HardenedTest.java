package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** variants/hardened.yml, in containers without a shell. */
@ExtendWith(OncePerRun.class)
class HardenedTest {

  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.start("variants/hardened.yml", "labs/src/test/resources/no-shell.yml");
    stack.scale("worker=3");
  }

  @AfterAll
  static void stop() throws Exception {
    stack.close();
  }

  @Test
  void minesAtFullSpeed(Report report) throws Exception {
    stack.awaitMining(30);
    double speed = stack.speed(10, Duration.ofSeconds(10));
    report.add("speed, hardened, 3 workers", 10, speed, "hashes/s");
    assertThat(speed).isCloseTo(10, withinPercentage(4));
    assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
    assertThat(Http.get(8000, "/readyz")).isEqualTo("ok");
    Accounts.assertNothingIsLost(stack, report);
    stack.scale("worker=3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rng", "hasher", "redis", "worker", "webui"})
  void hasNoPrivilegesAndCannotWriteFiles(String service) throws Exception {
    List<String> status =
        stack.compose("exec", "-T", service, "cat", "/proc/1/status").lines().toList();

    assertThat(status).contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000");
    assertThat(status).contains("NoNewPrivs:\t1");
    assertThat(status).noneMatch(line -> line.startsWith("Uid:\t0"));
    assertThat(Shell.fail("docker", "exec", container(service), "touch", "/file"))
        .contains("Read-only file system");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rng", "hasher", "worker", "webui"})
  void needsNoShell(String service) throws Exception {
    Shell.fail("docker", "exec", container(service), "sh", "-c", "true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rng", "hasher", "worker", "webui"})
  void theBillOfMaterialsNamesEveryJar(String service) throws Exception {
    String bill = stack.compose("exec", "-T", service, "cat", "bom.json");

    assertThat(bill).contains("\"bomFormat\" : \"CycloneDX\"");
    String jars = stack.compose("exec", "-T", service, "ls", "lib");
    assertThat(jars.lines())
        .hasSizeGreaterThan(3)
        .allSatisfy(
            jar -> {
              String nameAndVersion = jar.replaceFirst("\\.jar$", "");
              assertThat(bill.replaceAll("\"name\" : \"(.*)\",\\s+\"version\" : \"(.*)\"", "$1-$2"))
                  .contains(nameAndVersion);
            });
  }

  @Test
  void onlyItsNetworkReachesRedis() throws Exception {
    assertThat(Shell.run("docker", "port", container("redis"))).isEmpty();
    String address = stack.address("redis");
    Shell.fail(
        "docker run --rm redis:8 timeout 3 redis-cli -h %s ping".formatted(address).split(" "));
  }

  private static String container(String service) throws Exception {
    return stack.containers(service).getFirst();
  }
}
