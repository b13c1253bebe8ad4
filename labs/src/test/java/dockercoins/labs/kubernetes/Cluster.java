package dockercoins.labs.kubernetes;

import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Shell;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Kubernetes of one control plane and three nodes, which {@code .ci/kubernetes} starts in
 * containers. The nodes have the numbers 1 to 3, and the images of this repository.
 */
final class Cluster implements OncePerRun.Shared {

  static final List<Integer> NODES = List.of(1, 2, 3);

  /** The images that {@link #loadImages} builds, with the names that they have in {@code k8s/}. */
  private static final List<String> IMAGES =
      List.of(
          image("rng", "v0.1"),
          image("hasher", "v0.1"),
          image("worker", "v0.1"),
          image("webui", "v0.1"),
          image("ambassador", "v0.1"),
          image("rng", "v0.2"),
          image("worker", "v0.2"),
          image("webui", "v0.2"));

  private static final String REGISTRY = "127.0.0.1:5000";

  private final String kubectl;
  private final Map<String, String> environment;
  private final List<String> nodes;

  /** Removes an old cluster, whose nodes may be dead or drained, and starts a new one. */
  Cluster() throws IOException, InterruptedException {
    script("down");
    script("up");
    kubectl = script("kubectl");
    environment = Map.of("KUBECONFIG", script("kubeconfig"));
    nodes =
        kubectl("get", "nodes", "-l!node-role.kubernetes.io/control-plane", "-oname")
            .lines()
            .sorted()
            .toList();
    loadImages();
  }

  /** Builds the images, and copies them to the nodes. */
  private void loadImages() throws IOException, InterruptedException {
    Map<String, String> names = Map.of("REGISTRY", REGISTRY, "TAG", "v0.1");
    for (String file : List.of("variants/images.yml", "swarm/ambassador.yml", "v0.2/images.yml")) {
      Shell.run(names, List.of("docker", "compose", "-f", "../" + file, "build"));
    }
    for (String image : IMAGES) {
      Shell.run("docker", "tag", REGISTRY + "/" + image, image);
    }
    List<String> images = new ArrayList<>(List.of("load", "redis:8"));
    images.addAll(IMAGES);
    script(images.toArray());
  }

  static String image(String service, String tag) {
    return "dockercoins/%s:%s".formatted(service, tag);
  }

  /** Runs {@code kubectl <arguments>}, and returns the output. */
  String kubectl(String... arguments) throws IOException, InterruptedException {
    return Shell.run(environment, command(arguments));
  }

  /** The command that {@link #kubectl} runs. */
  List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(kubectl));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Variables that let kubectl find the cluster. */
  Map<String, String> environment() {
    return environment;
  }

  /** The name that Kubernetes has for a node. */
  String name(int node) {
    return nodes.get(node - 1).substring("node/".length());
  }

  /** The number of a node with this name. */
  int number(String name) {
    return nodes.indexOf("node/" + name) + 1;
  }

  /** The address of a node, which this machine reaches. */
  String address(int node) throws IOException, InterruptedException {
    return kubectl(
        "get",
        "node",
        name(node),
        "-ojsonpath={.status.addresses[?(@.type=='InternalIP')].address}");
  }

  /** Waits until Kubernetes has noticed that a node is dead. */
  void awaitNotReady(int node) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> kubectl("get", "node", name(node)).contains("NotReady"));
  }

  /** Waits until all nodes are ready, and DNS works. */
  void awaitNodes() throws IOException, InterruptedException {
    kubectl("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=2m");
    kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=2m");
  }

  /** Installs {@code keda}, {@code prometheus}, {@code volumes} or {@code gateway}. */
  void add(String what) throws IOException, InterruptedException {
    script("add", what);
  }

  /** Sends SIGKILL to everything on a node, as a power failure would. */
  void kill(int node) throws IOException, InterruptedException {
    script("kill", node);
  }

  /** Starts a node that was killed. */
  void start(int node) throws IOException, InterruptedException {
    script("start", node);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    script("down");
  }

  private static String script(Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("../.ci/kubernetes"));
    List.of(arguments).forEach(argument -> command.add(argument.toString()));
    return Shell.run(command.toArray(String[]::new));
  }
}
