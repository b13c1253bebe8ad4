package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** variants/images.yml: runs images that are named as in a registry. */
@ExtendWith(Report.Extension.class)
class ImagesTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of("REGISTRY", "localhost:5000", "TAG", "labs");

  @BeforeAll
  static void build() throws Exception {
    for (String service : new String[] {"rng", "hasher", "worker", "webui"}) {
      Shell.run("docker", "build", "-q", "-t", image(service), "../" + service);
    }
  }

  @AfterAll
  static void remove() throws Exception {
    for (String service : new String[] {"rng", "hasher", "worker", "webui"}) {
      Shell.run("docker", "rmi", image(service));
    }
  }

  @Test
  void existingImagesAreUsed(Report report) throws Exception {
    try (var stack = Stack.start(ENVIRONMENT, "variants/images.yml")) {
      double seconds = stack.awaitMining(10);
      report.add(
          "10 hashes with images named as in a registry",
          "under 60 s",
          "%.1f s".formatted(seconds));
      assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
    }
  }

  private static String image(String service) {
    return "localhost:5000/dockercoins/" + service + ":labs";
  }
}
