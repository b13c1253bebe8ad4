package dockercoins.labs.swarm;

import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A swarm of three real engines, which {@code .ci/swarm} starts in containers. The nodes have the
 * numbers 1 to 3, and node 1 is the manager.
 */
final class Swarm implements OncePerRun.Shared {

  static final List<Integer> NODES = List.of(1, 2, 3);

  private final List<String> hosts;
  private final List<String> addresses;
  private final Set<Integer> down = new HashSet<>();

  /** Removes an old swarm, whose nodes may be dead or drained, and starts a new one. */
  Swarm() throws IOException, InterruptedException {
    script("down");
    script("up");
    hosts = new ArrayList<>();
    addresses = new ArrayList<>();
    for (int node : NODES) {
      hosts.add(script("host", node));
      addresses.add(script("address", node));
    }
  }

  /** Whether the kernel has IPVS, which virtual IPs and the routing mesh need. */
  boolean hasIpvs() {
    return Files.exists(Path.of("/proc/net/ip_vs"));
  }

  /** The address of a node in the network that the nodes and this machine share. */
  String address(int node) {
    return addresses.get(node - 1);
  }

  /** The registry, as this machine and the nodes reach it. */
  String registry() {
    return "127.0.0.1:" + System.getenv().getOrDefault("REGISTRY_PORT", "5000");
  }

  /** Variables that let docker reach the engine of a node, even if the node has no network. */
  Map<String, String> environment(int node) {
    return Map.of("DOCKER_HOST", hosts.get(node - 1));
  }

  /** Runs {@code docker <arguments>} on a node, and returns the output. */
  String docker(int node, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    return Shell.run(environment(node), command);
  }

  /** The name that Swarm has for a node. */
  String name(int node) throws IOException, InterruptedException {
    return docker(node, "info", "-f", "{{.Name}}");
  }

  /** Sends SIGKILL to the engine and to all containers of a node, as a power failure would. */
  void kill(int node) throws IOException, InterruptedException {
    down.add(node);
    script("kill", node);
  }

  boolean isDown(int node) {
    return down.contains(node);
  }

  /** Starts the engine of a node that was killed. */
  void start(int node) throws IOException, InterruptedException {
    script("start", node);
    down.remove(node);
  }

  /** Takes a node off the network. Its containers still reach each other. */
  void cut(int node) throws IOException, InterruptedException {
    script("cut", node);
  }

  /** Puts a node back on the network. */
  void mend(int node) throws IOException, InterruptedException {
    script("mend", node);
  }

  /** Also removes the images of the registry from this machine. */
  @Override
  public void close() throws IOException, InterruptedException {
    script("down");
    String images = "reference=%s/dockercoins/*:v*".formatted(registry());
    String format = "{{.Repository}}:{{.Tag}}";
    for (String image :
        Shell.run("docker", "images", "-f", images, "--format", format).lines().toList()) {
      Shell.run("docker", "rmi", image);
    }
  }

  private static String script(Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("../.ci/swarm"));
    List.of(arguments).forEach(argument -> command.add(argument.toString()));
    return Shell.run(command.toArray(String[]::new));
  }
}
