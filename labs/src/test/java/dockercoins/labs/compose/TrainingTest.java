package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The training that records the AOT cache, in the build stage of each image. */
@ExtendWith(OncePerRun.class)
class TrainingTest {

  private static final String[] SERVICES = {"rng", "hasher", "worker", "webui"};

  /** Starts a server at a port that the training needs. */
  private static final String OCCUPY =
      "occupy() { jwebserver -p $1 & until curl -s localhost:$1; do sleep 0.1; done; };";

  /** Lets the service write no AOT cache, and runs a command instead. */
  private static final String INSTEAD_OF_CACHE =
      """
      instead_of_cache() {
        mv /java/bin/java /java/bin/jvm
        printf '#!/bin/sh\\ncase $1 in -XX:AOTCacheOutput*) %s; shift;; esac\\nexec /java/bin/jvm "$@"\\n' "$1" >/java/bin/java
        chmod +x /java/bin/java
      }
      """;

  @BeforeAll
  static void build() throws Exception {
    for (String service : SERVICES) {
      Shell.run(
          "docker", "build", "-q", "--target", "build", "-t", image(service), "../" + service);
    }
  }

  @AfterAll
  static void remove() throws Exception {
    for (String service : SERVICES) {
      Shell.run("docker", "rmi", image(service));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          rng    | echo broken >rng.jar                       | Invalid or corrupt jarfile rng.jar
          rng    | export PORT=http                           | rng has ended too early
          rng    | occupy 80                                  | port 80 is in use
          rng    | sed -i s,localhost/32,localhost/x, train   | returned error: 404
          rng    | instead_of_cache 'rm -f rng.aot'           | cannot use the AOT cache rng.aot
          rng    | instead_of_cache ':>rng.aot'               | cannot use the AOT cache rng.aot
          rng    | sed -i "1a trap '' TERM" train                | timeout: sending signal TERM
          hasher | sed -i 's,pom.xml localhost/,&x,' train     | returned error: 404
          webui  | occupy 6379                                | Redis has ended too early
          webui  | sed -i s,history,x, train                    | returned error: 404
          worker | occupy 6379                                | Redis has ended too early
          worker | echo broken >Services.java                 | Services.java has ended too early
          worker | rm -r lib                                  | worker has ended too early
          """)
  void failsWithTheReasonWithinAMinute(String service, String fault, String reason, Report report)
      throws Exception {
    long start = System.nanoTime();
    String output =
        Shell.fail(
            "docker",
            "run",
            "--rm",
            image(service),
            "sh",
            "-c",
            "{ %s %s %s; exec ./train; } >&2".formatted(OCCUPY, INSTEAD_OF_CACHE, fault));
    Duration failed = Duration.ofNanos(System.nanoTime() - start);
    report.add(
        "training of %s fails: %s".formatted(service, reason),
        "under 60 s",
        "%.1f s".formatted(failed.toMillis() / 1e3));

    // The access log may come between the characters that curl writes.
    assertThat(output.replaceAll("\\[[0:]+1] - - .*\n", "")).contains(reason);
    assertThat(failed).isLessThan(Duration.ofMinutes(1));
  }

  private static String image(String service) {
    return "dockercoins-training-" + service;
  }
}
