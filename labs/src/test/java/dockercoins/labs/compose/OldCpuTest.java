package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Stack;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The images on older processors than that of the machine that built them. An AOT cache with
 * machine code for the newer processor would end the JVM with SIGILL.
 */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class OldCpuTest {

  /** Without AVX: the oldest 64-bit processor, Core 2, and the first Core i7. */
  @ParameterizedTest
  @ValueSource(strings = {"qemu64", "core2duo", "Nehalem-v1"})
  void minesOnAnOldCpuWithTheAotCache(String cpu) throws Exception {
    try (var stack =
        Stack.start(
            Map.of("QEMU_CPU", cpu),
            "docker-compose.yml",
            "labs/src/test/resources/aot.yml",
            "labs/src/test/resources/old-cpu.yml")) {
      try (RedisCli redis = stack.redis()) {
        await().atMost(Duration.ofMinutes(3)).until(redis::hashes, hashes -> hashes >= 20);
      }
      for (String service : List.of("rng", "hasher", "worker", "webui")) {
        assertThat(stack.compose("exec", "-T", service, "cat", "/proc/1/comm"))
            .as(service)
            .isEqualTo("qemu-x86_64");
      }
      assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
      assertThat(Http.get(8001, "/")).startsWith("RNG running on");
      assertThat(Http.get(8002, "/")).startsWith("HASHER running on");
    }
  }
}
