package dockercoins.labs.swarm;

import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.WorkerLogs;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code swarm/dockercoins.yml} on a swarm, as the stack {@code dockercoins}. Its images are built
 * and pushed to the registry of the swarm first. The workers log each unit of work.
 */
final class SwarmStack implements AutoCloseable {

  private final Swarm swarm;
  private final Map<String, String> settings;
  private final WorkerLogs logs;

  /**
   * @param settings variables for the stack files, as in {@code REDIS_NODE}
   */
  SwarmStack(Swarm swarm, Map<String, String> settings) throws IOException, InterruptedException {
    this.swarm = swarm;
    this.settings = new HashMap<>(settings);
    this.settings.put("REGISTRY", swarm.registry());
    push("swarm/dockercoins.yml");
    logs =
        new WorkerLogs(
            Swarm.NODES.stream().map(node -> new Workers(swarm.environment(node))).toList());
  }

  /** The workers on a node. */
  private record Workers(Map<String, String> environment) implements WorkerLogs.Source {

    private static final String FILTER = "label=com.docker.swarm.service.name=dockercoins_worker";

    @Override
    public List<List<String>> lists() {
      String since = "--since=" + Instant.now().getEpochSecond();
      return List.of(
          List.of("docker", "ps", "-aq", "--no-trunc", "--filter", FILTER),
          List.of(
              "docker",
              "events",
              since,
              "--filter=event=start",
              "--filter",
              FILTER,
              "--format={{.ID}}"));
    }

    @Override
    public List<String> log(String container) {
      return List.of("docker", "logs", "-f", "-t", container);
    }
  }

  /** Builds and pushes the images of Compose files of this repository. */
  void push(String... files) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "compose"));
    for (String file : files) {
      command.addAll(List.of("-f", "../" + file));
    }
    command.addAll(List.of("build", "--push"));
    Shell.run(settings, command);
  }

  /** Deploys {@code swarm/dockercoins.yml} with these files of this repository on top. */
  void deploy(String... overlays) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "stack", "deploy"));
    List<String> files = new ArrayList<>(List.of("swarm/dockercoins.yml"));
    files.addAll(List.of(overlays));
    files.add("labs/src/test/resources/swarm.yml");
    if (!swarm.hasIpvs()) {
      files.add("swarm/without-mesh.yml");
    }
    files.forEach(file -> command.addAll(List.of("-c", "../" + file)));
    command.addAll(List.of("--prune", "dockercoins"));
    Map<String, String> environment = new HashMap<>(settings);
    environment.putAll(swarm.environment(1));
    Shell.run(environment, command);
  }

  /** The logs of all workers since before the first one started. */
  WorkerLogs logs() {
    return logs;
  }

  /** Sets the number of workers, or of hashers, and waits until so many tasks run. */
  void scale(String service, int tasks) throws IOException, InterruptedException {
    swarm.docker(1, "service", "scale", "-d", "dockercoins_%s=%d".formatted(service, tasks));
    awaitTasks(service, tasks);
  }

  /** Waits until so many tasks of a service run, and no others. */
  void awaitTasks(String service, int tasks) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> running(service) == tasks && containers(service) == tasks);
  }

  /** The number of tasks that should run and that do run. */
  private long running(String service) throws IOException, InterruptedException {
    return tasks(service, "{{.CurrentState}}").stream()
        .filter(state -> state.startsWith("Running"))
        .count();
  }

  /** The number of containers on all nodes, including those that are about to end. */
  private int containers(String service) throws IOException, InterruptedException {
    int containers = 0;
    for (int node : Swarm.NODES) {
      containers += containers(node, service).size();
    }
    return containers;
  }

  /** A line for each task of a service that should run, as {@code docker service ps} formats it. */
  List<String> tasks(String service, String format) throws IOException, InterruptedException {
    return swarm
        .docker(
            1,
            "service",
            "ps",
            "--no-trunc",
            "-f",
            "desired-state=running",
            "--format",
            format,
            "dockercoins_" + service)
        .lines()
        .toList();
  }

  /**
   * Runs {@code docker service update}, and waits until the update has ended.
   *
   * @return the state in which it ended, as in {@code completed} or {@code rollback_completed}
   */
  String update(String service, String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("service", "update", "-d"));
    command.addAll(List.of(options));
    command.add("dockercoins_" + service);
    swarm.docker(1, command.toArray(String[]::new));
    return awaitUpdate(service);
  }

  /** Does the same with {@code docker service rollback}. */
  String rollback(String service) throws IOException, InterruptedException {
    swarm.docker(1, "service", "rollback", "-d", "dockercoins_" + service);
    return awaitUpdate(service);
  }

  /** Waits until an update has ended, and returns the state in which it ended. */
  String awaitUpdate(String service) {
    return await()
        .atMost(Duration.ofMinutes(3))
        .pollDelay(Duration.ZERO)
        .until(
            () -> updateState(service), state -> state.matches("(rollback_)?(completed|paused)"));
  }

  private String updateState(String service) throws IOException, InterruptedException {
    return swarm.docker(
        1,
        "service",
        "inspect",
        "-f",
        "{{with .UpdateStatus}}{{.State}}{{end}}",
        "dockercoins_" + service);
  }

  /** A redis-cli on the node where Redis runs. Waits until Redis runs somewhere. */
  RedisCli redis() throws IOException {
    Map.Entry<Integer, String> redis =
        await()
            .atMost(Duration.ofMinutes(2))
            .pollDelay(Duration.ZERO)
            .until(this::findRedis, Optional::isPresent)
            .orElseThrow();
    return new RedisCli(
        swarm.environment(redis.getKey()), "docker", "exec", "-i", redis.getValue());
  }

  /** The node of Redis and the id of its container. */
  private Optional<Map.Entry<Integer, String>> findRedis()
      throws IOException, InterruptedException {
    for (int node : Swarm.NODES) {
      List<String> containers = containers(node, "redis");
      if (!containers.isEmpty()) {
        return Optional.of(Map.entry(node, containers.getFirst()));
      }
    }
    return Optional.empty();
  }

  /** The running containers of a service on a node. A node that was killed has none. */
  List<String> containers(int node, String service) throws IOException, InterruptedException {
    if (swarm.isDown(node)) {
      return List.of();
    }
    String filter = "label=com.docker.swarm.service.name=dockercoins_" + service;
    return swarm.docker(node, "ps", "-q", "--no-trunc", "-f", filter).lines().toList();
  }

  /** Where webui answers: at each node with the routing mesh, otherwise at the node it runs on. */
  List<String> webui() throws IOException, InterruptedException {
    List<String> addresses = new ArrayList<>();
    for (int node : Swarm.NODES) {
      if (swarm.hasIpvs() || !containers(node, "webui").isEmpty()) {
        addresses.add("http://%s:8000".formatted(swarm.address(node)));
      }
    }
    return addresses;
  }

  /**
   * Removes the stack and its volume. The workers go first, because a worker that stops without
   * Redis waits for it.
   */
  @Override
  public void close() throws IOException, InterruptedException {
    swarm.docker(1, "service", "rm", "dockercoins_worker");
    await().atMost(Duration.ofMinutes(2)).until(() -> containers("worker") == 0);
    swarm.docker(1, "stack", "rm", "dockercoins"); // with --detach=false, it may wait for ever
    logs.close();
    for (int node : Swarm.NODES) {
      await().atMost(Duration.ofMinutes(1)).until(() -> swarm.docker(node, "ps", "-q").isEmpty());
      await()
          .ignoreExceptionsInstanceOf(IOException.class) // the container may still be there
          .untilAsserted(() -> swarm.docker(node, "volume", "rm", "-f", "dockercoins_redis"));
    }
  }
}
