package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Ambassadors in the network namespaces of those whom they serve: redis is 127.127.0.2 to each
 * worker and to webui, and each has an ambassador of its own there, configured later.
 */
@ExtendWith(Report.Extension.class)
class NamespacesTest {

  private static final List<String> ambassadors = new ArrayList<>();
  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = new Stack("docker-compose.yml", "labs/src/test/resources/extra-hosts.yml");
    Command.run("docker", "build", "-q", "-t", "dockercoins-ambassador", "../ambassador");
  }

  @AfterAll
  static void stop() throws Exception {
    for (String ambassador : ambassadors) {
      Command.run("docker", "rm", "-f", "-v", ambassador);
    }
    stack.close();
  }

  @Test
  void eachHasAnAmbassadorOfItsOwn(Report report) throws Exception {
    stack.scale("worker=2");
    List<String> served = new ArrayList<>(stack.containers("worker"));
    served.addAll(stack.containers("webui"));
    for (String container : served) {
      ambassadors.add(
          Command.run(
              "docker",
              "run",
              "-d",
              "--net",
              "container:" + container,
              "dockercoins-ambassador",
              "run"));
    }
    await()
        .untilAsserted(
            () ->
                assertThat(stack.compose("logs", "worker"))
                    .contains("redis:6379 failed (Connection refused)"));

    String address = stack.address("redis");
    for (String ambassador : ambassadors) {
      Command.run(
          "docker run --rm --volumes-from %s dockercoins-ambassador reconfigure 127.127.0.2:6379 %s 6379"
              .formatted(ambassador, address)
              .split(" "));
    }

    double seconds = stack.awaitMining(10);
    report.add(
        "10 hashes through ambassadors in the namespaces",
        "under 60 s",
        "%.1f s".formatted(seconds));
    await()
        .atMost(Duration.ofSeconds(10))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(Http.get(8000, "/json")).contains("\"hashes\":"));
    for (String container : stack.containers("worker")) {
      assertThat(Command.run("docker", "logs", "--since", "5s", container))
          .contains("units of work done");
    }
  }
}
