package dockercoins.labs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** k8s/ on a cluster of three nodes: breaks a node while ten workers mine. */
@ExtendWith(OncePerRun.class)
class KubernetesFaultsTest {

  private static final int WORKERS = 10;

  /** Seconds until Kubernetes notices a dead node: 40 s without news, and a check each 5 s. */
  private static final int NOTICE = 50;

  /** Seconds until new pods take the place of the old ones: 10 s of toleration, and their start. */
  private static final int REPLACE = 60;

  private static Cluster cluster;

  private Application application;
  private RedisCli redis;
  private Instant event;

  @BeforeAll
  static void start(Cluster cluster) throws Exception {
    KubernetesFaultsTest.cluster = cluster;
    cluster.add("volumes");
  }

  /** So many rng and hasher on different nodes, and ten workers. */
  private void deploy(String namespace, int replicas, String... components) throws Exception {
    application = new Application(cluster, namespace, components);
    redis = application.redis();
    application.scale("rng", replicas);
    application.scale("hasher", replicas);
    application.scale("worker", WORKERS);
    redis.awaitMining(100);
  }

  @AfterEach
  void remove() throws Exception {
    redis.close();
    application.close();
  }

  @Test
  void nothingIsLostWhenANodeIsDrained(Report report) throws Exception {
    deploy("drained", 3, "available", "persistent");
    int node = nodeWithout("redis");
    event = Instant.now();
    cluster.kubectl(
        "drain",
        cluster.name(node),
        "--force", // a pod without a controller may still remove the volume of an earlier lab
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--timeout=2m");
    try {
      application.awaitReady();
      report.add("node drained: all pods run elsewhere", "", "%.1f s".formatted(since(event)));
      assertThat(application.logs().failures(event)).isEmpty();
    } finally {
      cluster.kubectl("uncordon", cluster.name(node));
    }
    assertLost("node drained", 0, report);
  }

  /** kube-proxy sends a third of the connections to the dead node until Kubernetes notices. */
  @Test
  void miningGoesOnWhenANodeIsKilled(Report report) throws Exception {
    deploy("killed", 3, "available", "persistent");
    killNode(nodeWithout("redis"), "three rng and hasher behind kube-proxy", 8, report);
  }

  /** The ambassador notices within a second which rng and hasher are dead. */
  @Test
  void miningGoesOnBehindAnAmbassadorWhenANodeIsKilled(Report report) throws Exception {
    deploy("ambassador", 3, "ambassador", "available", "persistent");
    application.scale("ambassador", 1);
    int node = nodeWithout("redis", "ambassador");
    killNode(node, "three rng and hasher behind an ambassador", 12, report);
  }

  @Test
  void miningGoesOnWithOneOfTwoHashers(Report report) throws Exception {
    deploy("hashers", 2, "available", "persistent");
    killNode(nodeWithout("redis"), "two rng and hasher behind kube-proxy", 5, report);
  }

  /** Kills a node, and waits until all workers mine on the other nodes. */
  private void killNode(int node, String services, int minSpeed, Report report) throws Exception {
    int workers = application.pods("worker", cluster.name(node)).size();
    double full = redis.speed(Duration.ofSeconds(10));
    event = Instant.now();
    cluster.kill(node);
    double speed;
    try {
      cluster.awaitNotReady(node);
      speed =
          application
              .logs()
              .minSpeed(event.plusSeconds(5), event.plusSeconds(40), Duration.ofSeconds(35));
      report.add(
          "speed, ten workers, %s, from 5 to 40 s after a node was killed".formatted(services),
          "at least " + minSpeed,
          "%.1f before, then %.1f with %d workers".formatted(full, speed, WORKERS - workers));
      application.logs().awaitWorking(WORKERS);
      double recovery = since(event);
      report.add(
          "node killed, %s: all workers mine elsewhere".formatted(services),
          "within %d s".formatted(NOTICE + REPLACE),
          "%.1f s".formatted(recovery));
      assertThat(recovery).isLessThan(NOTICE + REPLACE);
    } finally {
      cluster.start(node);
    }
    cluster.awaitNodes();
    assertLost("node killed, " + services, workers, report);
    assertThat(speed).isGreaterThan(minSpeed);
  }

  @Test
  void miningGoesOnWhenTheNodeOfRedisIsBack(Report report) throws Exception {
    deploy("redis", 3, "available", "persistent");
    int node = cluster.number(application.nodes("redis").getFirst());
    int workers = application.pods("worker", cluster.name(node)).size();
    event = Instant.now();
    cluster.kill(node);
    try {
      cluster.awaitNotReady(node);
    } finally {
      event = Instant.now();
      cluster.start(node);
    }
    cluster.awaitNodes();
    application.awaitReady();
    application.logs().awaitWorking(WORKERS);
    report.add(
        "killed node with Redis back: all workers mine", "", "%.1f s".formatted(since(event)));
    redis.close();
    redis = application.redis();
    assertLost("node with Redis killed", workers, report);
  }

  /** A node without these services, with a CoreDNS if possible, because that is worse to lose. */
  private int nodeWithout(String... services) throws Exception {
    Set<Integer> nodes = new TreeSet<>(Cluster.NODES);
    for (String service : services) {
      application.nodes(service).forEach(node -> nodes.remove(cluster.number(node)));
    }
    String format = "jsonpath={range .items[*]}{.spec.nodeName}{\"\\n\"}{end}";
    return cluster
        .kubectl("-n", "kube-system", "get", "pods", "-lk8s-app=kube-dns", "-o", format)
        .lines()
        .map(cluster::number)
        .filter(nodes::contains)
        .findFirst()
        .orElseGet(nodes.iterator()::next);
  }

  private static double since(Instant start) {
    return Duration.between(start, Instant.now()).toMillis() / 1e3;
  }

  /** Stops the workers, and checks what was lost. */
  private void assertLost(String fault, int killed, Report report) throws Exception {
    application.scale("worker", 0);
    application.logs().awaitEnd();
    application.logs().missing(Accounts.stored(redis)).checkLost(fault, killed, report);
  }
}
