package dockercoins.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.k8s.Manifests.Workload;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.SysctlBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The objects in {@code k8s/base}, and what each component, each pair of components, and all
 * components together make of them. No cluster is needed.
 */
class ManifestsTest {

  private static final List<String> COMPONENTS =
      List.of(
          "ambassador",
          "autoscale",
          "available",
          "daemonset",
          "gateway",
          "hardened",
          "monitoring",
          "persistent",
          "policies");

  private static final Set<String> HTTP_SERVICES = Set.of("rng", "hasher", "webui");
  private static final String REGISTRY = "registry.example.com:5000/team";
  private static final String TAG = "v9";

  private static final Map<List<String>, Manifests> CACHE = new HashMap<>();

  private static Manifests build(String... components) throws Exception {
    return build(List.of(components));
  }

  private static Manifests build(List<String> components) throws Exception {
    if (!CACHE.containsKey(components)) {
      CACHE.put(components, Kustomize.build(components, REGISTRY, TAG));
    }
    return CACHE.get(components);
  }

  /** All components, except for one of the two that contradict each other. */
  private static List<String> allExcept(String component) {
    return COMPONENTS.stream().filter(other -> !other.equals(component)).toList();
  }

  /** None, each, each pair, all. In the order of the root's kustomization.yaml. */
  static Stream<List<String>> combinations() {
    Set<List<String>> combinations = new LinkedHashSet<>();
    combinations.add(List.of());
    for (String one : COMPONENTS) {
      for (String other : COMPONENTS) {
        Set<String> components = new TreeSet<>(Set.of(one));
        components.add(other);
        if (components.contains("autoscale") || components.contains("monitoring")) {
          components.add("ambassador"); // they read its metrics
        }
        if (!components.containsAll(Set.of("autoscale", "daemonset"))) {
          combinations.add(List.copyOf(components));
        }
      }
    }
    combinations.add(allExcept("autoscale"));
    combinations.add(allExcept("daemonset"));
    return combinations.stream();
  }

  // The base

  @Test
  void theBaseHasTheNineObjectsOfTheWorkshop() throws Exception {
    Manifests base = Kustomize.build(Kustomize.ROOT.resolve("k8s/base"));
    assertThat(base.names())
        .containsExactlyInAnyOrder(
            "Deployment hasher",
            "Deployment redis",
            "Deployment rng",
            "Deployment webui",
            "Deployment worker",
            "Service hasher",
            "Service redis",
            "Service rng",
            "Service webui");
    for (String service : List.of("hasher", "rng", "webui")) {
      assertThat(base.get(Service.class, service).getSpec().getPorts())
          .extracting(ServicePort::getPort)
          .containsExactly(80);
    }
    assertThat(base.get(Service.class, "redis").getSpec().getPorts())
        .extracting(ServicePort::getPort)
        .containsExactly(6379);
    assertThat(base.get(Service.class, "webui").getSpec().getType()).isEqualTo("NodePort");
    for (Deployment deployment : base.all(Deployment.class)) {
      String name = deployment.getMetadata().getName();
      assertThat(deployment.getSpec().getReplicas()).as("replicas of " + name).isNull();
      assertThat(deployment.getSpec().getSelector().getMatchLabels())
          .containsExactly(Map.entry("app", name));
      assertThat(deployment.getSpec().getTemplate().getSpec().getContainers())
          .extracting(Container::getName)
          .containsExactly(name);
    }
    for (Service service : base.all(Service.class)) {
      assertThat(service.getSpec().getSelector())
          .containsExactly(Map.entry("app", service.getMetadata().getName()));
    }
  }

  @Test
  void theRootIsTheBaseWithTheImagesOfImagesEnv() throws Exception {
    Manifests root = Kustomize.build(Kustomize.ROOT);
    assertThat(root.names())
        .containsExactlyInAnyOrderElementsOf(
            Kustomize.build(Kustomize.ROOT.resolve("k8s/base")).names());
    Map<String, String> images = new HashMap<>();
    for (String line : Files.readAllLines(Kustomize.ROOT.resolve("images.env"))) {
      images.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
    }
    assertThat(root.workload("rng").containers().getFirst().getImage())
        .isEqualTo(images.get("REGISTRY") + "/dockercoins/rng:" + images.get("TAG"));
  }

  @Test
  void theRootNamesAllComponents() throws Exception {
    assertThat(Files.readString(Kustomize.ROOT.resolve("kustomization.yaml")).lines())
        .filteredOn(line -> line.startsWith("# - k8s/"))
        .containsExactlyElementsOf(COMPONENTS.stream().map(name -> "# - k8s/" + name).toList());
    try (var folders = Files.list(Kustomize.ROOT.resolve("k8s"))) {
      assertThat(
              folders
                  .filter(folder -> Files.exists(folder.resolve("kustomization.yaml")))
                  .map(folder -> folder.getFileName().toString())
                  .filter(folder -> !folder.equals("base")))
          .containsExactlyInAnyOrderElementsOf(COMPONENTS);
    }
  }

  // All combinations

  @ParameterizedTest
  @MethodSource("combinations")
  void nothingStandsTwice(List<String> components) throws Exception {
    Manifests manifests = build(components);
    assertThat(manifests.names()).doesNotHaveDuplicates();
    for (Workload workload : manifests.workloads()) {
      assertThat(workload.containers()).extracting(Container::getName).doesNotHaveDuplicates();
      assertThat(workload.containers())
          .flatExtracting(Container::getPorts)
          .extracting(ContainerPort::getContainerPort)
          .doesNotHaveDuplicates();
      assertThat(workload.template().getSpec().getVolumes())
          .extracting(Volume::getName)
          .doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void allObjectsBelongToTheApplication(List<String> components) throws Exception {
    Manifests manifests = build(components);
    for (HasMetadata object : manifests.objects()) {
      assertThat(object.getMetadata().getLabels())
          .as(object.getKind() + " " + object.getMetadata().getName())
          .containsEntry("app.kubernetes.io/part-of", "dockercoins");
      assertThat(object.getMetadata().getNamespace()).isNull();
    }
    for (Workload workload : manifests.workloads()) {
      for (Map<String, String> labels :
          List.of(
              workload.object().getMetadata().getLabels(),
              workload.template().getMetadata().getLabels())) {
        assertThat(labels)
            .containsEntry("app", workload.name())
            .containsEntry("app.kubernetes.io/name", workload.name())
            .containsEntry("app.kubernetes.io/part-of", "dockercoins");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void ourImagesHaveTheRegistryAndTheTagOfImagesEnv(List<String> components) throws Exception {
    Manifests manifests = build(components);
    assertThat(manifests.all(ConfigMap.class))
        .extracting(map -> map.getMetadata().getName())
        .doesNotContain("images");
    manifests
        .containers()
        .forEach(
            (name, container) -> {
              String service = name.substring(0, name.indexOf('/'));
              String image =
                  switch (service) {
                    case "redis" -> "redis:8";
                    case "prometheus" -> "prom/prometheus:v3.5.0";
                    default -> "%s/dockercoins/%s:%s".formatted(REGISTRY, service, TAG);
                  };
              assertThat(container.getImage()).as(name).isEqualTo(image);
            });
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void allPodsRunWithoutPrivileges(List<String> components) throws Exception {
    Manifests manifests = build(components);
    for (Workload workload : manifests.workloads()) {
      assertThat(workload.template().getSpec().getAutomountServiceAccountToken())
          .as(workload.name())
          .isFalse();
      PodSecurityContext security = workload.template().getSpec().getSecurityContext();
      assertThat(security.getRunAsNonRoot()).as(workload.name()).isTrue();
      assertThat(security.getRunAsUser()).as(workload.name()).isEqualTo(65534);
      assertThat(security.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
      boolean privilegedPorts =
          workload.containers().stream()
              .flatMap(container -> container.getPorts().stream())
              .anyMatch(port -> port.getContainerPort() < 1024);
      if (privilegedPorts) {
        assertThat(security.getSysctls())
            .as(workload.name())
            .containsExactly(
                new SysctlBuilder()
                    .withName("net.ipv4.ip_unprivileged_port_start")
                    .withValue("0")
                    .build());
      }
    }
    manifests
        .containers()
        .forEach(
            (name, container) -> {
              assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                  .as(name)
                  .isTrue();
              if (components.contains("hardened")) {
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .as(name)
                    .isFalse();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .as(name)
                    .containsExactly("ALL");
              }
            });
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void memoryIsLimitedAndTheCpuIsNot(List<String> components) throws Exception {
    build(components)
        .containers()
        .forEach(
            (name, container) -> {
              Map<String, Quantity> requests = container.getResources().getRequests();
              Map<String, Quantity> limits = container.getResources().getLimits();
              assertThat(requests).as(name).containsOnlyKeys("cpu", "memory");
              switch (name) {
                case "redis/redis" -> assertThat(limits).isEmpty(); // its data grows
                case "prometheus/prometheus" ->
                    assertThat(limits).containsExactly(Map.entry("memory", new Quantity("512Mi")));
                default ->
                    assertThat(limits)
                        .as(name)
                        .containsExactly(Map.entry("memory", new Quantity("192Mi")));
              }
            });
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void probesDoNotWaitInTheQueue(List<String> components) throws Exception {
    Manifests manifests = build(components);
    for (String service : HTTP_SERVICES) {
      Container container = manifests.workload(service).containers().getFirst();
      for (Probe probe : List.of(container.getReadinessProbe(), container.getLivenessProbe())) {
        assertThat(probe.getHttpGet().getPath()).as(service).isEqualTo("/healthz");
      }
      assertThat(container.getReadinessProbe().getPeriodSeconds()).as(service).isEqualTo(1);
      assertThat(container.getLivenessProbe().getTimeoutSeconds()).as(service).isEqualTo(5);
    }
    for (Workload workload : manifests.workloads()) {
      for (Container container : workload.containers()) {
        Stream.of(container.getReadinessProbe(), container.getLivenessProbe())
            .filter(probe -> probe != null && probe.getHttpGet() != null)
            .forEach(
                probe ->
                    assertThat(workload.hasPort(probe.getHttpGet().getPort()))
                        .as("%s has port %s", workload.name(), probe.getHttpGet().getPort())
                        .isTrue());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void anUpdateTakesNoPodAwayBeforeANewOneIsReady(List<String> components) throws Exception {
    Manifests manifests = build(components);
    List<Container> servers = new ArrayList<>(manifests.workload("redis").containers());
    for (Workload workload : manifests.workloads()) {
      if (HTTP_SERVICES.contains(workload.name()) || workload.name().equals("ambassador")) {
        servers.addAll(workload.containers());
        assertThat(
                switch (workload.object()) {
                  case Deployment d -> d.getSpec().getStrategy().getRollingUpdate();
                  case DaemonSet d -> d.getSpec().getUpdateStrategy().getRollingUpdate();
                  default -> throw new AssertionError(workload.object().getKind());
                })
            .as(workload.name())
            .hasFieldOrPropertyWithValue("maxUnavailable", new IntOrString(0));
      }
    }
    for (Container server : servers) {
      assertThat(server.getLifecycle().getPreStop().getSleep().getSeconds())
          .as(server.getName())
          .isEqualTo(3);
    }
    assertThat(manifests.workload("worker").containers().getFirst().getLifecycle()).isNull();
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void eachWorkloadFindsItsPodsAndNoOthers(List<String> components) throws Exception {
    Manifests manifests = build(components);
    for (Workload workload : manifests.workloads()) {
      assertThat(manifests.workloads())
          .filteredOn(other -> other.matches(workload.selector()))
          .containsExactly(workload);
    }
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void eachServiceFindsPodsThatListenOnItsPorts(List<String> components) throws Exception {
    Manifests manifests = build(components);
    for (Service service : manifests.all(Service.class)) {
      List<Workload> targets =
          manifests.workloads().stream()
              .filter(workload -> workload.matches(service.getSpec().getSelector()))
              .toList();
      assertThat(targets).as("pods of Service " + service.getMetadata().getName()).hasSize(1);
      for (ServicePort port : service.getSpec().getPorts()) {
        IntOrString target =
            port.getTargetPort() != null ? port.getTargetPort() : new IntOrString(port.getPort());
        assertThat(targets.getFirst().hasPort(target))
            .as("port %s of Service %s", target, service.getMetadata().getName())
            .isTrue();
        if ("None".equals(service.getSpec().getClusterIP())) {
          assertThat(target).isEqualTo(new IntOrString(port.getPort())); // nobody maps it
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void eachMountHasAVolumeAndEachVolumeAMount(List<String> components) throws Exception {
    Manifests manifests = build(components);
    for (Workload workload : manifests.workloads()) {
      List<String> volumes =
          new ArrayList<>(
              workload.template().getSpec().getVolumes().stream().map(Volume::getName).toList());
      if (workload.object() instanceof StatefulSet set) {
        set.getSpec()
            .getVolumeClaimTemplates()
            .forEach(claim -> volumes.add(claim.getMetadata().getName()));
        assertThat(manifests.all(Service.class))
            .extracting(service -> service.getMetadata().getName())
            .contains(set.getSpec().getServiceName());
      }
      assertThat(workload.containers())
          .flatExtracting(Container::getVolumeMounts)
          .extracting(VolumeMount::getName)
          .as(workload.name())
          .containsExactlyInAnyOrderElementsOf(volumes);
      workload.template().getSpec().getVolumes().stream()
          .filter(volume -> volume.getConfigMap() != null)
          .forEach(volume -> manifests.get(ConfigMap.class, volume.getConfigMap().getName()));
    }
  }

  // Components

  @Test
  void policiesNameOnlyPodsAndPortsThatExist() throws Exception {
    Manifests manifests = build(allExcept("daemonset"));
    for (NetworkPolicy policy : manifests.all(NetworkPolicy.class)) {
      String name = policy.getMetadata().getName();
      List<Workload> pods = pods(manifests, policy.getSpec().getPodSelector(), name);
      for (var rule : policy.getSpec().getIngress()) {
        checkPorts(name, rule.getPorts(), pods);
        peers(manifests, rule.getFrom(), name);
      }
      for (var rule : policy.getSpec().getEgress()) {
        checkPorts(name, rule.getPorts(), peers(manifests, rule.getTo(), name));
      }
    }
    assertThat(manifests.get(NetworkPolicy.class, "default").getSpec())
        .hasFieldOrPropertyWithValue("policyTypes", List.of("Ingress", "Egress"))
        .hasFieldOrPropertyWithValue("ingress", List.of())
        .hasFieldOrPropertyWithValue("egress", List.of())
        .hasFieldOrPropertyWithValue("podSelector", new LabelSelector());
  }

  /** Each value of a list must find pods. */
  private static List<Workload> pods(Manifests manifests, LabelSelector selector, String policy) {
    List<Workload> pods =
        manifests.workloads().stream().filter(workload -> workload.matches(selector)).toList();
    int values = selector.getMatchExpressions().stream().mapToInt(e -> e.getValues().size()).sum();
    assertThat(pods).as("pods of %s in policy %s", selector, policy).hasSizeGreaterThan(0);
    assertThat(pods)
        .as("pods of %s in policy %s", selector, policy)
        .hasSizeGreaterThanOrEqualTo(values);
    return pods;
  }

  /** The pods of this namespace. */
  private static List<Workload> peers(
      Manifests manifests, List<NetworkPolicyPeer> peers, String policy) {
    return peers.stream()
        .filter(peer -> peer.getNamespaceSelector() == null)
        .flatMap(peer -> pods(manifests, peer.getPodSelector(), policy).stream())
        .toList();
  }

  private static void checkPorts(
      String policy, List<NetworkPolicyPort> ports, List<Workload> pods) {
    for (NetworkPolicyPort port : ports) {
      for (Workload pod : pods) {
        assertThat(pod.hasPort(port.getPort()))
            .as("%s has port %s of policy %s", pod.name(), port.getPort(), policy)
            .isTrue();
      }
    }
  }

  @Test
  void availableRunsTwoOfEachOnDifferentNodesAndKeepsOne() throws Exception {
    Manifests manifests = build("ambassador", "available");
    for (Deployment deployment : manifests.all(Deployment.class)) {
      String name = deployment.getMetadata().getName();
      Integer replicas = name.equals("redis") ? null : 2;
      assertThat(deployment.getSpec().getReplicas()).as(name).isEqualTo(replicas);
      var pod = deployment.getSpec().getTemplate().getSpec();
      assertThat(pod.getTolerations())
          .extracting("tolerationSeconds")
          .as(name)
          .containsExactly(10L, 10L);
      assertThat(pod.getTopologySpreadConstraints())
          .extracting("topologyKey")
          .as(name)
          .containsExactly("kubernetes.io/hostname");
    }
    for (PodDisruptionBudget budget : manifests.all(PodDisruptionBudget.class)) {
      String name = budget.getMetadata().getName();
      assertThat(manifests.workload(name).matches(budget.getSpec().getSelector())).isTrue();
      assertThat(budget.getSpec().getMinAvailable()).isEqualTo(new IntOrString(1));
    }
    assertThat(build("available").all(PodDisruptionBudget.class)).isNotEmpty();
  }

  /** Somebody who scales decides, and applies the manifests again later. */
  @ParameterizedTest
  @MethodSource("combinations")
  void onlyAvailableSetsTheNumberOfReplicas(List<String> components) throws Exception {
    for (Deployment deployment : build(components).all(Deployment.class)) {
      String name = deployment.getMetadata().getName();
      boolean two =
          components.contains("available")
              && !Set.of("redis", "prometheus").contains(name)
              && !(components.contains("autoscale") && name.equals("rng"));
      assertThat(deployment.getSpec().getReplicas()).as(name).isEqualTo(two ? 2 : null);
    }
  }

  @Test
  void theAutoscalerAsksPrometheus() throws Exception {
    Manifests manifests = build("ambassador", "autoscale", "monitoring");
    GenericKubernetesResource scaler = manifests.all(GenericKubernetesResource.class).getFirst();
    assertThat(scaler.getKind()).isEqualTo("ScaledObject");
    manifests.get(Deployment.class, scaler.get("spec", "scaleTargetRef", "name"));
    List<Map<String, Map<String, String>>> triggers = scaler.get("spec", "triggers");
    assertThat(triggers).isNotEmpty();
    for (var trigger : triggers) {
      URI url = URI.create(trigger.get("metadata").get("serverAddress"));
      String name = url.getHost().substring(0, url.getHost().indexOf('.'));
      assertThat(manifests.get(Service.class, name).getSpec().getPorts())
          .extracting(ServicePort::getPort)
          .contains(url.getPort());
    }
    assertThat(build("ambassador", "autoscale", "available").all(GenericKubernetesResource.class))
        .extracting(object -> object.<Integer>get("spec", "minReplicaCount"))
        .containsExactly(2);
  }

  @Test
  void theRouteLeadsToWebui() throws Exception {
    Manifests manifests = build("gateway");
    HTTPRoute route = manifests.get(HTTPRoute.class, "webui");
    route.getSpec().getParentRefs().forEach(ref -> manifests.get(Gateway.class, ref.getName()));
    for (HTTPBackendRef ref : route.getSpec().getRules().getFirst().getBackendRefs()) {
      assertThat(manifests.get(Service.class, ref.getName()).getSpec().getPorts())
          .extracting(ServicePort::getPort)
          .contains(ref.getPort());
    }
    assertThat(manifests.get(Service.class, "webui").getSpec().getType()).isNull();
  }

  @Test
  void prometheusReadsAllMetricsOfTheAmbassador() throws Exception {
    Manifests manifests = build("ambassador", "monitoring");
    String configuration =
        manifests.all(ConfigMap.class).getFirst().getData().get("prometheus.yml");
    for (ServicePort port : manifests.get(Service.class, "ambassador").getSpec().getPorts()) {
      assertThat(configuration).contains("names: [ambassador], type: A, port: " + port.getPort());
    }
  }

  @Test
  void kindsChangeOnlyWhereAComponentSaysSo() throws Exception {
    assertThat(build("daemonset").names())
        .contains("DaemonSet rng")
        .doesNotContain("Deployment rng")
        .hasSize(9);
    assertThat(build("persistent").names())
        .contains("StatefulSet redis")
        .doesNotContain("Deployment redis")
        .hasSize(9);
  }
}
