package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** docker-compose.yml with images for 64-bit Arm, which an amd64 machine emulates. */
@ExtendWith(OncePerRun.class)
class ArmTest {

  @Test
  void imagesForArmMine(Report report) throws Exception {
    skipIfTheMachineCannotRunArm(report);
    try (var stack =
        Stack.start(
            "docker-compose.yml",
            "labs/src/test/resources/arm64.yml",
            "labs/src/test/resources/aot.yml")) {
      for (String service : new String[] {"rng", "hasher", "worker", "webui", "ambassador"}) {
        assertThat(architecture(stack, service)).as(service).isEqualTo("arm64");
      }
      stack.awaitMining(20);
      double speed = stack.speed(10 / 3.0, Duration.ofSeconds(20));
      report.add("speed, 64-bit Arm, 1 worker", 10 / 3.0, speed, "hashes/s");
      assertThat(speed).isGreaterThan(2.5); // emulation makes each request some ms slower

      assertThat(Http.get(8000, "/json")).contains("\"hashes\":");
      assertThat(Http.get(8003, "/")).startsWith("HASHER running on "); // through the ambassador
      Accounts.assertNothingIsLost(stack, report);
    }
  }

  private static void skipIfTheMachineCannotRunArm(Report report) throws InterruptedException {
    try {
      Shell.run(
          "docker run --rm --platform linux/arm64 arm64v8/debian:trixie-slim uname -m".split(" "));
    } catch (IOException e) {
      String reason = "skipped, because this machine cannot run arm64 images: run .ci/arm64";
      report.add("speed, 64-bit Arm, 1 worker", "3.333 hashes/s", reason);
      abort(reason + "\n" + e.getMessage());
    }
  }

  private static String architecture(Stack stack, String service) {
    String container = stack.containers(service).getFirst();
    String image = Engine.API.inspectContainerCmd(container).exec().getImageId();
    return Engine.API.inspectImageCmd(image).exec().getArch();
  }
}
