package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.Stack;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * variants/hardened.yml as users that the images do not know, which is how OpenShift runs
 * containers. The containers have the health checks of the documentation.
 */
class AnyUserTest {

  @ParameterizedTest
  @ValueSource(strings = {"1000640000:0", "1000:1000"})
  void minesAndIsHealthyAsAnyUser(String user) throws Exception {
    try (var stack =
        Stack.start(
            Map.of("USER_AND_GROUP", user),
            "variants/hardened.yml",
            "labs/src/test/resources/any-user.yml",
            "labs/src/test/resources/health.yml")) {
      stack.awaitMining(10);
      assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
      for (String service : new String[] {"rng", "hasher", "worker", "webui"}) {
        assertThat(stack.compose("exec", "-T", service, "stat", "-c", "%u:%g %n", "/proc/1"))
            .isEqualTo(user + " /proc/1");
        assertThat(stack.compose("exec", "-T", service, "cat", "/proc/1/comm")).isEqualTo("java");
      }
      for (String service : new String[] {"rng", "hasher", "webui", "redis"}) {
        await(service)
            .atMost(Duration.ofMinutes(1))
            .until(() -> health(stack, service), "healthy"::equals);
      }
    }
  }

  private static String health(Stack stack, String service) {
    String container = stack.containers(service).getFirst();
    return Engine.API.inspectContainerCmd(container).exec().getState().getHealth().getStatus();
  }
}
