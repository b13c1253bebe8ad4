package dockercoins.labs.harness;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import com.github.dockerjava.api.model.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.testcontainers.containers.ComposeContainer;

/** Compose files on the engine, in a project of their own. */
public final class Stack implements AutoCloseable {

  private final String project;
  private final Map<String, String> environment;
  private final List<Path> files;

  public Stack(String project, Map<String, String> environment, List<Path> files) {
    this.project = project;
    this.environment = environment;
    this.files = files;
  }

  /** Builds and starts Compose files of this repository, given by their paths in it. */
  public static Stack start(String... files) {
    return start(Map.of(), files);
  }

  public static Stack start(Map<String, String> environment, String... files) {
    List<Path> paths = List.of(files).stream().map(Path.of("..")::resolve).toList();
    var compose =
        new ComposeContainer("labs", paths.stream().map(Path::toFile).toList())
            .withEnv(environment)
            .withBuild(true)
            .withPull(false);
    compose.start();
    String project =
        compose
            .getContainerByServiceName("redis")
            .orElseThrow()
            .getContainerInfo()
            .getConfig()
            .getLabels()
            .get("com.docker.compose.project");
    return new Stack(project, environment, paths);
  }

  public Path file() {
    return files.getFirst();
  }

  /** The same project with one more Compose file. */
  public Stack with(Path file) {
    List<Path> more = new ArrayList<>(files);
    more.add(file);
    return new Stack(project, environment, more);
  }

  /** Runs {@code docker compose <arguments>} on this stack, and returns what that prints. */
  public String compose(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "compose", "-p", project));
    files.forEach(file -> command.addAll(List.of("-f", file.toString())));
    command.addAll(List.of(arguments));
    return Shell.run(environment, command);
  }

  /** Scales services, as in {@code worker=10}, and leaves running containers alone. */
  public void scale(String... services) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("up", "-d", "--no-recreate"));
    for (String service : services) {
      arguments.addAll(List.of("--scale", service));
    }
    compose(arguments.toArray(String[]::new));
  }

  /** The ids of all running containers, by service. */
  public Map<String, List<String>> containers() {
    return Engine.API
        .listContainersCmd()
        .withLabelFilter(
            Map.of("com.docker.compose.project", project, "com.docker.compose.oneoff", "False"))
        .exec()
        .stream()
        .collect(
            groupingBy(
                container -> container.getLabels().get("com.docker.compose.service"),
                mapping(Container::getId, toList())));
  }

  /** The ids of the running containers of a service. */
  public List<String> containers(String service) {
    return containers().getOrDefault(service, List.of());
  }

  /** The address of a service that has one container, in the network of the stack. */
  public String address(String service) {
    return Engine.network(containers(service).getFirst()).getValue().getIpAddress();
  }

  public RedisCli redis() throws IOException {
    return new RedisCli(containers("redis").getFirst());
  }

  /** Waits for this many more hashes, and returns how long that took, in seconds. */
  public double awaitMining(int hashes) throws IOException {
    try (RedisCli redis = redis()) {
      return redis.awaitMining(hashes);
    }
  }

  /** Measures hashes a second. */
  public double speed(double expected, Duration window) throws IOException {
    try (RedisCli redis = redis()) {
      return redis.speed(expected, window);
    }
  }

  /** Removes its containers and the data of its Redis. */
  public void down() throws IOException, InterruptedException {
    compose("down", "-v", "-t", "1", "--remove-orphans");
  }

  /** Also removes the images that were built for it. */
  @Override
  public void close() throws IOException, InterruptedException {
    compose("down", "-v", "-t", "1", "--remove-orphans", "--rmi", "local");
  }
}
