package dockercoins.labs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * All components that combine, in a namespace that admits only restricted pods. For the policies,
 * another pod takes the place of Prometheus, because its image has no program that could connect.
 */
@ExtendWith(OncePerRun.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ComponentsTest {

  private static final String NAMESPACE = "combined";
  private static final String OTHERS = "others";

  private static final String[] COMPONENTS = {
    "ambassador", "autoscale", "available", "gateway", "hardened", "persistent", "policies"
  };

  private static Cluster cluster;
  private static Application application;
  private static RedisCli redis;

  @BeforeAll
  static void deploy(Cluster cluster) throws Exception {
    ComponentsTest.cluster = cluster;
    cluster.add("keda");
    cluster.add("prometheus");
    cluster.add("volumes");
    cluster.add("gateway");
    application = Application.empty(cluster, NAMESPACE);
    for (String mode : List.of("enforce", "warn")) {
      application.kubectl(
          "label",
          "namespace",
          NAMESPACE,
          "pod-security.kubernetes.io/%s=restricted".formatted(mode));
    }
    application.apply(COMPONENTS);
    redis = application.redis();
    redis.awaitMining(4);
    cluster.kubectl("create", "namespace", OTHERS);
  }

  @AfterAll
  static void remove() throws Exception {
    try (Application application = ComponentsTest.application;
        RedisCli redis = ComponentsTest.redis) {
      application.scale("worker", 0);
      application.logs().awaitNothingIsLost(redis);
    }
    cluster.kubectl("delete", "namespace", OTHERS, "--wait=false");
  }

  /** Pod Security warns of what it would refuse. */
  @Test
  @Order(1)
  void aRestrictedNamespaceAdmitsAllPodsOfAllComponents(Report report) throws Exception {
    for (String other : List.of("autoscale", "daemonset")) { // they contradict each other
      Set<String> components = new TreeSet<>(List.of(COMPONENTS));
      components.remove("autoscale");
      components.addAll(List.of(other, "monitoring"));
      application.kubectl(
          "apply",
          "--dry-run=server",
          "--warnings-as-errors",
          "-k",
          application.kustomization(components.toArray(String[]::new)).toString());
    }
    assertThatThrownBy(
            () -> application.kubectl("run", "root", "--image=" + Cluster.image("rng", "v0.1")))
        .hasMessageContaining("violates PodSecurity");
    report.add("pods that a restricted namespace refuses", "0", "0");
  }

  @Test
  @Order(1)
  void theApiServerAcceptsTheRoute() throws Exception {
    assertThat(application.kubectl("get", "gateways,httproutes", "-oname"))
        .contains("gateway.gateway.networking.k8s.io/webui")
        .contains("httproute.gateway.networking.k8s.io/webui");
  }

  @Test
  @Order(2)
  void podsReachOnlyWhatThePoliciesAllow(@TempDir Path folder, Report report) throws Exception {
    run(folder, NAMESPACE, "prometheus", "prometheus", 9090);
    run(folder, NAMESPACE, "stranger", "stranger", 80);
    run(folder, OTHERS, "stranger", "stranger", 80);
    run(folder, OTHERS, "worker", "worker", 80);
    run(folder, "keda", "stranger", "stranger", 80);

    var connections = new Connections(cluster);
    connections.addPods("rng", NAMESPACE, "app=rng", 80);
    connections.addPods("hasher", NAMESPACE, "app=hasher", 80);
    connections.addPods("worker", NAMESPACE, "app=worker");
    connections.addPods("webui", NAMESPACE, "app=webui", 80);
    connections.addPods("redis", NAMESPACE, "app=redis", 6379);
    connections.addPods("ambassador", NAMESPACE, "app=ambassador", 80, 81, 8081, 8082);
    connections.addPods("prometheus", NAMESPACE, "app=prometheus", 9090);
    connections.addPods("stranger", NAMESPACE, "app=stranger", 80);
    connections.addPods("others/stranger", OTHERS, "app=stranger", 80);
    connections.addPods("others/worker", OTHERS, "app=worker", 80);
    connections.addPods("keda/stranger", "keda", "app=stranger", 80);
    connections.addTarget("dns", address("kube-system", "kube-dns"), 53);
    connections.addTarget("api", address("default", "kubernetes"), 443);

    Set<String> others =
        Set.of(
            "api:443",
            "dns:53",
            "keda/stranger:80",
            "keda/stranger:8888",
            "others/stranger:80",
            "others/stranger:8888",
            "others/worker:80",
            "others/worker:8888",
            "webui:80");
    Map<String, Set<String>> allowed =
        Map.ofEntries(
            Map.entry(
                "worker",
                Set.of(
                    "ambassador:80",
                    "ambassador:81",
                    "dns:53",
                    "hasher:80",
                    "redis:6379",
                    "rng:80")),
            Map.entry("webui", Set.of("dns:53", "redis:6379")),
            Map.entry("ambassador", Set.of("dns:53", "hasher:80", "rng:80")),
            Map.entry("prometheus", Set.of("ambassador:8081", "ambassador:8082", "dns:53")),
            Map.entry("rng", Set.of()),
            Map.entry("hasher", Set.of()),
            Map.entry("redis", Set.of()),
            Map.entry("stranger", Set.of()),
            Map.entry("others/stranger", without(others, "others/stranger")),
            Map.entry("others/worker", without(others, "others/worker")),
            Map.entry("keda/stranger", with(without(others, "keda/stranger"), "prometheus:9090")));
    await() // until all nodes know the new pods
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() -> assertThat(connections.tryAll()).isEqualTo(allowed));
    print(connections, allowed, report);

    application.kubectl("delete", "networkpolicies", "--all");
    await() // else the attempts prove nothing
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(
            () ->
                assertThat(connections.tryAll().values())
                    .allSatisfy(
                        reached ->
                            assertThat(reached)
                                .hasSizeGreaterThan(connections.targets().size() - 6)));
    application.kubectl("delete", "pod/prometheus");
  }

  private static Set<String> with(Set<String> targets, String more) {
    Set<String> all = new TreeSet<>(targets);
    all.add(more);
    return all;
  }

  /** There is only one pod with this title, and it does not try to reach itself. */
  private static Set<String> without(Set<String> targets, String title) {
    Set<String> rest = new TreeSet<>(targets);
    rest.removeIf(target -> target.startsWith(title + ":"));
    return rest;
  }

  private static void print(
      Connections connections, Map<String, Set<String>> reached, Report report) {
    List<String> targets = connections.targets();
    var table = new Table(Stream.concat(Stream.of("from"), targets.stream()).toList());
    new TreeMap<>(reached)
        .forEach(
            (source, allowed) -> {
              List<String> cells = new ArrayList<>(List.of(source));
              targets.forEach(target -> cells.add(allowed.contains(target) ? "yes" : "-"));
              table.add(cells, "");
              report.add(
                  "policies: targets of %d that %s reaches".formatted(targets.size(), source),
                  "%d".formatted(allowed.size()),
                  "%d".formatted(allowed.size()));
            });
    System.out.print(table.text());
  }

  private static String address(String namespace, String service) throws Exception {
    return cluster.kubectl(
        "-n", namespace, "get", "service", service, "-ojsonpath={.spec.clusterIP}");
  }

  /** Runs a pod that listens on a port. */
  private static void run(Path folder, String namespace, String name, String app, int port)
      throws IOException, InterruptedException {
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {app: %s}}
        spec:
          securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
          terminationGracePeriodSeconds: 1
          containers:
          - name: %s
            image: %s
            env: [{name: PORT, value: "%d"}]
            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        """
            .formatted(name, app, name, Cluster.image("hasher", "v0.1"), port);
    Path file = Files.writeString(folder.resolve("pod.yaml"), pod);
    cluster.kubectl("-n", namespace, "apply", "-f", file.toString());
    cluster.kubectl(
        "-n", namespace, "wait", "--for=condition=Ready", "pod/" + name, "--timeout=1m");
  }

  /** Two rng make 20 hashes a second, so a third one shows that KEDA reaches Prometheus. */
  @Test
  @Order(3)
  void theAutoscalerAndTheWorkersWorkBehindPolicies(Report report) throws Exception {
    application.apply(
        Stream.concat(Stream.of(COMPONENTS), Stream.of("monitoring")).toArray(String[]::new));
    application.scale("worker", 10);
    application.logs().awaitWorking(10); // a new pod is refused until the nodes know its address
    Instant start = Instant.now();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                Integer.parseInt(
                        application.kubectl(
                            "get", "deployment", "rng", "-ojsonpath={.status.readyReplicas}"))
                    >= 3);
    redis.awaitSpeed(30);
    report.add(
        "speed of ten workers with all components",
        30,
        redis.speed(30, Duration.ofSeconds(10)),
        "hashes/s");
    assertThat(application.logs().failures(start)).isEmpty();
  }

  @Test
  @Order(4)
  void redisKeepsItsCountsWhenItsPodIsDeleted(Report report) throws Exception {
    application.scale("worker", 2);
    long before = redis.hashes();
    redis.close();
    application.kubectl("delete", "pod", "redis-0");
    application.awaitReady();
    redis = application.redis();
    redis.awaitMining(4);
    long after = redis.hashes();
    report.add("hashes after the pod of Redis is deleted", "> " + before, "" + after);
    assertThat(after).isGreaterThan(before);
    application.logs().awaitNothingIsLost(redis);
  }
}
