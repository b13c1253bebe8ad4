package dockercoins.labs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Queues;
import dockercoins.labs.harness.Queues.Policy;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
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
 * k8s/ on a cluster of three nodes: how fast it mines. The tests are in the order that needs the
 * fewest deploys. Most of them use the same application, in the namespace {@code one}.
 */
@ExtendWith(OncePerRun.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubernetesTest {

  private static final int WORKERS = 10;

  private static Cluster cluster;
  private static Application application;
  private static RedisCli redis;

  @BeforeAll
  static void deploy(Cluster cluster, Report report) throws Exception {
    KubernetesTest.cluster = cluster;
    Instant start = Instant.now();
    application = new Application(cluster, "one");
    redis = application.redis();
    redis.awaitMining(1);
    double mining = Duration.between(start, Instant.now()).toMillis() / 1e3;
    report.add("first hash after kubectl apply -k", "under 60 s", "%.1f s".formatted(mining));
    assertThat(mining).isLessThan(60);
  }

  @AfterAll
  static void remove() throws Exception {
    redis.close();
    application.close();
  }

  private static void checkSpeed(
      String exercise, double expected, double speed, int percent, Report report) {
    report.add(exercise, expected, speed, "hashes/s");
    assertThat(speed).isCloseTo(expected, withinPercentage(percent));
  }

  /** The second namespace gets the objects one by one, in random order. */
  @Test
  @Order(1)
  void eachNamespaceHasItsOwnWallet(@TempDir Path folder, Report report) throws Exception {
    try (var second = Application.empty(cluster, "two")) {
      String manifests = cluster.kubectl("kustomize", second.kustomization().toString());
      List<String> objects = Arrays.asList(manifests.split("\n---\n"));
      Collections.shuffle(objects);
      for (String object : objects) {
        Path file = Files.writeString(folder.resolve("object.yaml"), object);
        System.out.println(second.kubectl("apply", "-f", file.toString()));
      }
      second.awaitReady();
      try (RedisCli secondRedis = second.redis()) {
        secondRedis.awaitMining(50);
        for (RedisCli wallet : List.of(redis, secondRedis)) {
          double speed = wallet.speed(1 / 0.3, Duration.ofSeconds(10));
          checkSpeed("speed of one worker, in each of two namespaces", 1 / 0.3, speed, 2, report);
        }
        second.logs().awaitNothingIsLost(secondRedis);
        application.logs().awaitNothingIsLost(redis);
      }
    }
  }

  @Test
  @Order(2)
  void tenWorkersMineNoFasterThanOneRng(Report report) throws Exception {
    application.scale("worker", WORKERS);
    redis.awaitMining(200);
    double speed = redis.speed(10, Duration.ofSeconds(10));
    checkSpeed("speed with one rng, ten workers", 10, speed, 2, report);
  }

  /** kube-proxy chooses an rng at random. */
  @Test
  @Order(3)
  void oneRngOnEachNodeMinesAsFastAsRandomChoiceAllows(Report report) throws Exception {
    application.apply("daemonset");
    application.kubectl("delete", "deployment/rng");
    application.awaitReady();
    redis.awaitMining(100);
    double expected = Queues.speed(WORKERS, 3, Policy.RANDOM);
    double speed = redis.speed(Duration.ofSeconds(60));
    checkSpeed("speed with one rng on each node, kube-proxy", expected, speed, 5, report);
  }

  @Test
  @Order(4)
  void anAmbassadorSharesTheQueuesFairly(Report report) throws Exception {
    application.apply("ambassador", "daemonset");
    redis.awaitMining(100);
    double speed = redis.speed(30, Duration.ofSeconds(15));
    checkSpeed("speed with one rng on each node, an ambassador", 30, speed, 2, report);
  }

  @ParameterizedTest
  @Order(5)
  @ValueSource(ints = {1, 3, 5, 1, 3})
  void workersDoNotNoticeThatRngIsScaled(int rngs, Report report) throws Exception {
    if (application.kubectl("get", "deployment/rng", "--ignore-not-found").isEmpty()) {
      application.apply("ambassador");
      application.kubectl("delete", "daemonset/rng");
      application.awaitReady();
    }
    Instant start = Instant.now();
    application.scale("rng", rngs);
    double expected = Queues.speed(WORKERS, rngs, Policy.FEWEST_CONNECTIONS);
    redis.awaitSpeed(expected);
    double speed = redis.speed(expected, Duration.ofSeconds(6));
    report.add("speed with an ambassador, %d rng".formatted(rngs), expected, speed, "hashes/s");
    application.checkUnnoticed("rng scaled to " + rngs, start, WORKERS, expected, report);
  }

  @Test
  @Order(6)
  void nothingWasLost(Report report) throws Exception {
    application.checkNothingIsLost("all changes", redis, report);
  }

  /** The course makes all objects with kubectl, and begins with the images alone. */
  @Test
  @Order(7)
  void theLabsOfTheCourseRun(@TempDir Path folder, Report report) throws Exception {
    try (var course = Application.empty(cluster, "course")) {
      course.kubectl("create", "deployment", "redis", "--image=redis:8");
      for (String service : List.of("hasher", "rng", "webui", "worker")) {
        course.kubectl(
            "create", "deployment", service, "--image=" + Cluster.image(service, "v0.1"));
      }
      course.kubectl("expose", "deployment", "redis", "--port=6379");
      course.kubectl("expose", "deployment", "rng", "--port=80");
      course.kubectl("expose", "deployment", "hasher", "--port=80");
      course.kubectl("expose", "deployment", "webui", "--type=NodePort", "--port=80");
      course.scale("worker", WORKERS);
      try (RedisCli courseRedis = course.redis()) {
        courseRedis.awaitMining(200);
        double speed = courseRedis.speed(10, Duration.ofSeconds(10));
        // These pods request no CPU, so everything else on the machine goes first.
        checkSpeed("speed with kubectl create deployment, ten workers", 10, speed, 5, report);
        assertThat(Http.get(course.webui() + "/json")).contains("\"hashes\":");

        addDaemonSet(course, folder);
        courseRedis.awaitMining(100);
        double expected = Queues.speed(WORKERS, 4, Policy.RANDOM);
        speed = courseRedis.speed(Duration.ofSeconds(30));
        checkSpeed("speed with a DaemonSet beside the Deployment", expected, speed, 8, report);

        removeFromService(course, courseRedis, report);
        course.scale("worker", 0);
        course.logs().awaitEnd();
        course.logs().awaitNothingIsLost(courseRedis);
      }
    }
  }

  /** Makes the manifest of a DaemonSet from that of a Deployment. */
  private static void addDaemonSet(Application course, Path folder) throws Exception {
    String image = "--image=" + Cluster.image("rng", "v0.1");
    String manifest =
        course
            .kubectl("create", "deployment", "rng", image, "-oyaml", "--dry-run=client")
            .replace("kind: Deployment", "kind: DaemonSet")
            .replaceAll("(?m)^  (replicas|strategy): .*\n", "");
    Path file = Files.writeString(folder.resolve("rng.yaml"), manifest);
    course.kubectl("apply", "-f", file.toString());
    course.awaitReady();
  }

  /** Takes the pod of the Deployment out of the Service by its labels, and lets it run. */
  private static void removeFromService(Application course, RedisCli redis, Report report)
      throws Exception {
    Instant start = Instant.now();
    course.kubectl("label", "pods", "-lapp=rng", "active=yes");
    course.kubectl("set", "selector", "service/rng", "app=rng,active=yes");
    String selector = "-lapp=rng,pod-template-hash";
    course.kubectl("label", "pods", selector, "active-");
    Instant removed = Instant.now();
    redis.awaitMining(100);
    Instant last =
        course
            .kubectl("logs", selector, "--timestamps", "--tail=-1")
            .lines()
            .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
            .max(Instant::compareTo)
            .orElseThrow();
    double seconds = Duration.between(removed, last).toMillis() / 1e3;
    List<String> failures = course.logs().failures(start);
    report.add(
        "a pod of rng taken out of the Service by its label",
        "last request within 1 s, 0 failures",
        "last request after %.1f s, %d failures".formatted(seconds, failures.size()));
    assertThat(seconds).isLessThan(1);
    assertThat(failures).isEmpty();
  }
}
