package dockercoins.labs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * k8s/ on a cluster of three nodes: rolling updates, a canary, blue and green, and probes. The
 * autoscaler works in another namespace meanwhile, because it has to be still for ten minutes.
 */
@ExtendWith(OncePerRun.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpdatesTest {

  private static final int WORKERS = 10;
  private static final String NEW_LOOK = "--page: light-dark(gold";

  private static Cluster cluster;
  private static Application application;
  private static RedisCli redis;
  private static Autoscaler autoscaler;

  @BeforeAll
  static void deploy(Cluster cluster) throws Exception {
    UpdatesTest.cluster = cluster;
    cluster.add("keda");
    cluster.add("prometheus");
    autoscaler = new Autoscaler(cluster, "scaled", WORKERS);
    application = new Application(cluster, "updates");
    redis = application.redis();
    application.scale("worker", WORKERS);
    redis.awaitMining(100);
  }

  @AfterAll
  static void remove() throws Exception {
    redis.close();
    application.close();
    autoscaler.close();
  }

  @Test
  @Order(1)
  void workersDoNotNoticeTenRollingUpdates(Report report) throws Exception {
    updateTenTimes("kube-proxy", 10, report);
  }

  @Test
  @Order(2)
  void workersDoNotNoticeTenRollingUpdatesBehindAnAmbassador(Report report) throws Exception {
    application.apply("ambassador");
    application.scale("rng", 3);
    redis.awaitSpeed(30);
    updateTenTimes("ambassador", 30, report);
  }

  private static void updateTenTimes(String balancer, double fullSpeed, Report report)
      throws Exception {
    Instant start = Instant.now();
    for (int i = 0; i < 10; i++) {
      application.kubectl("rollout", "restart", "deployment/rng", "deployment/hasher");
      application.kubectl("rollout", "status", "deployment/rng", "--timeout=2m");
      application.kubectl("rollout", "status", "deployment/hasher", "--timeout=2m");
    }
    application.awaitReady();
    String change = "ten rolling updates of rng and hasher, " + balancer;
    application.checkUnnoticed(change, start, WORKERS, fullSpeed, report);
    application.checkNothingIsLost(change, redis, report);
    application.scale("worker", WORKERS);
    redis.awaitSpeed(fullSpeed);
  }

  @ParameterizedTest
  @Order(3)
  @ValueSource(strings = {"ambassador", "webui", "worker"})
  void workersDoNotNoticeARollingUpdate(String service, Report report) throws Exception {
    Instant start = Instant.now();
    application.kubectl("rollout", "restart", "deployment/" + service);
    application.awaitReady();
    application.checkUnnoticed("rolling update of " + service, start, WORKERS, 30, report);
  }

  @Test
  @Order(4)
  void anImageThatDoesNotStartGetsNoRequests(Report report) throws Exception {
    Instant start = Instant.now();
    application.setImage("rng", "v0.2");
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> application.kubectl("get", "pods", "-lapp=rng").contains("CrashLoopBackOff"));
    double speed = application.logs().speed(Duration.ofSeconds(10));
    report.add("speed while rng:v0.2 does not start", "over 24", "%.1f".formatted(speed));
    assertThat(speed).isGreaterThan(0.8 * 30);
    application.kubectl("rollout", "undo", "deployment/rng");
    application.awaitReady();
    application.checkUnnoticed("rng:v0.2, undone", start, WORKERS, 30, report);
  }

  @Test
  @Order(5)
  void aSlowVersionIsSeenOnTheSpeedAndUndone(Report report) throws Exception {
    Instant start = Instant.now();
    application.setImage("worker", "v0.2");
    application.awaitReady();
    double slow = application.logs().speed(Duration.ofSeconds(10));
    double expected = WORKERS / 3.3; // the worker waits 3.1 s, and rng and hasher take 0.1 s each
    report.add("speed of worker:v0.2, eleven times slower", expected, slow, "hashes/s");
    application.kubectl("rollout", "undo", "deployment/worker");
    application.awaitReady();
    redis.awaitSpeed(30);
    assertThat(slow).isCloseTo(expected, withinPercentage(20));
    assertThat(application.logs().failures(start)).isEmpty();
  }

  @Test
  @Order(6)
  void nothingWasLost(Report report) throws Exception {
    application.checkNothingIsLost("all updates", redis, report);
  }

  /** Nine pods of the old version and one of the new version have the label of the Service. */
  @Test
  @Order(7)
  void aCanaryGetsItsShareOfTheRequests(@TempDir Path folder, Report report) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("webui-v2.yaml"),
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: webui-v2}
            spec:
              selector: {matchLabels: {app: webui, version: v0.2}}
              template:
                metadata: {labels: {app: webui, version: v0.2}}
                spec:
                  securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "0"}]}
                  containers:
                  - name: webui
                    image: %s
                    readinessProbe: {httpGet: {path: /healthz, port: 80}, periodSeconds: 1}
                    lifecycle: {preStop: {sleep: {seconds: 3}}}
            """
                .formatted(Cluster.image("webui", "v0.2")));
    application.kubectl("apply", "-f", file.toString());
    application.scale("webui", 9);
    String style = application.webui() + "/style.css";
    int answers = 0;
    for (int i = 0; i < 1000; i++) {
      answers += Http.get(style).contains(NEW_LOOK) ? 1 : 0;
    }
    report.add("requests of 1000 that one canary of ten pods gets", "100 +- 30", "" + answers);
    assertThat(answers).isBetween(70, 130);
  }

  /** The selector of the Service moves all requests at once. */
  @Test
  @Order(8)
  void blueAndGreenSwitchWithoutErrors(Report report) throws Exception {
    application.kubectl(
        "set", "selector", "service/webui", "app=webui,app.kubernetes.io/name=webui");
    application.scale("webui-v2", 9);
    String style = application.webui() + "/style.css";
    List<Boolean> newLooks = new ArrayList<>();
    int errors = 0;
    for (int i = 0; i < 500; i++) {
      if (i == 250) {
        application.kubectl("set", "selector", "service/webui", "app=webui,version=v0.2");
      }
      try {
        newLooks.add(Http.get(style).contains(NEW_LOOK));
      } catch (IOException e) {
        errors++;
      }
    }
    report.add("errors of 500 requests while green takes over from blue", "0", "" + errors);
    assertThat(errors).isZero();
    assertThat(newLooks.subList(0, 250)).containsOnly(false);
    assertThat(newLooks.subList(450, 500)).containsOnly(true);
    application.kubectl("set", "selector", "service/webui", "app=webui");
    application.kubectl("delete", "deployment/webui-v2");
    application.scale("webui", 1);
  }

  /** {@code /} waits in the queue of rng, and {@code /healthz} does not. */
  @Test
  @Order(9)
  void aLivenessProbeThatQueuesRestartsRng(Report report) throws Exception {
    int workers = 15;
    Duration time = Duration.ofSeconds(60);
    try (var queueing = new Application(cluster, "queueing");
        var healthy = new Application(cluster, "healthy")) {
      queueing.kubectl(
          "patch",
          "deployment/rng",
          "--type=json",
          """
          -p=[{op: replace, path: /spec/template/spec/containers/0/livenessProbe,
               value: {httpGet: {path: /, port: http}, periodSeconds: 5}}]""");
      queueing.awaitReady();
      healthy.scale("worker", workers);
      queueing.scale("worker", workers);
      Instant start = Instant.now();
      await().atMost(Duration.ofMinutes(2)).until(() -> queueing.restarts("rng") > 0);
      double seconds = Duration.between(start, Instant.now()).toMillis() / 1e3;
      await().atMost(Duration.ofMinutes(2)).until(() -> Instant.now().isAfter(start.plus(time)));
      int restarts = healthy.restarts("rng");
      report.add(
          "restarts of rng, 15 workers, liveness probe on /",
          "some",
          "%d in 60 s, the first after %.0f s".formatted(queueing.restarts("rng"), seconds));
      report.add(
          "restarts of rng, 15 workers, liveness probe on /healthz", "0", "%d".formatted(restarts));
      assertThat(restarts).isZero();
    }
  }

  @Test
  @Order(10)
  void theAutoscalerFindsTheRightNumberOfRng(Report report) throws Exception {
    autoscaler.checkSettles(report);
  }
}
