package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Ambassadors in the network namespaces of their clients. To workers and webui, redis is
 * 127.127.0.2, where each has an ambassador of its own, which is configured later.
 */
@ExtendWith(OncePerRun.class)
class NamespacesTest {

  private static final List<String> ambassadors = new ArrayList<>();
  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    stack = Stack.start("docker-compose.yml", "labs/src/test/resources/extra-hosts.yml");
    Shell.run("docker", "build", "-q", "-t", "dockercoins-ambassador", "../ambassador");
  }

  @AfterAll
  static void stop() throws Exception {
    for (String ambassador : ambassadors) {
      Shell.run("docker", "rm", "-f", "-v", ambassador);
    }
    stack.close();
  }

  @Test
  void everyClientReachesRedisThroughItsOwnAmbassador(Report report) throws Exception {
    stack.scale("worker=2");
    List<String> clients = new ArrayList<>(stack.containers("worker"));
    clients.addAll(stack.containers("webui"));
    for (String client : clients) {
      ambassadors.add(
          Shell.run(
              "docker",
              "run",
              "-d",
              "--net",
              "container:" + client,
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
      Shell.run(
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
      assertThat(Shell.run("docker", "logs", "--since", "5s", container))
          .contains("units of work done");
    }
  }
}
