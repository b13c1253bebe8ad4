package dockercoins.labs;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.testcontainers.containers.ComposeContainer;

/** Shipped Compose files on the engine, built from the sources. */
final class Stack implements AutoCloseable {

  private static final Pattern UNITS = Pattern.compile("(\\d+) units of work done");

  private final List<File> files;
  private final Map<String, String> environment;
  private final ComposeContainer compose;
  private final String project;

  Stack(String... files) {
    this(Map.of(), files);
  }

  /**
   * @param files of this repository
   */
  Stack(Map<String, String> environment, String... files) {
    this.files = List.of(files).stream().map(file -> new File("..", file)).toList();
    this.environment = environment;
    compose =
        new ComposeContainer("labs", this.files)
            .withEnv(environment)
            .withBuild(true)
            .withPull(false)
            .withRemoveImages(ComposeContainer.RemoveImages.LOCAL);
    compose.start();
    project =
        compose
            .getContainerByServiceName("redis")
            .orElseThrow()
            .getContainerInfo()
            .getConfig()
            .getLabels()
            .get("com.docker.compose.project");
  }

  /** Runs {@code docker compose <arguments>} on this stack. */
  String compose(String... arguments) throws IOException, InterruptedException {
    return Command.run(command(arguments));
  }

  /** Scales services, as in {@code worker=10}, and leaves what runs alone. */
  void scale(String... services) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("up", "-d", "--no-recreate"));
    for (String service : services) {
      arguments.addAll(List.of("--scale", service));
    }
    compose(arguments.toArray(String[]::new));
  }

  /** The ids of the containers of a service. */
  List<String> containers(String service) throws IOException, InterruptedException {
    return compose("ps", "-q", service).lines().toList();
  }

  /** The address of a service that has one container, in the network of the stack. */
  String address(String service) throws IOException, InterruptedException {
    return Command.run(
        "docker",
        "inspect",
        "-f",
        "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
        containers(service).getFirst());
  }

  /** The lines that a service has logged since then, each with the name of its container. */
  List<String> logs(String service, Instant since) throws IOException, InterruptedException {
    return compose("logs", "--no-color", "--since", since.toString(), service).lines().toList();
  }

  RedisCli redis() throws IOException {
    return new RedisCli(command("exec", "-T", "redis", "redis-cli"));
  }

  double awaitMining(int hashes) throws IOException {
    try (RedisCli redis = redis()) {
      return redis.awaitMining(hashes);
    }
  }

  /** Hashes a second. */
  double speed(double expected, Duration window) throws IOException {
    try (RedisCli redis = redis()) {
      return redis.speed(expected, window);
    }
  }

  /** What the workers say they did. */
  record Logged(long units, long coins) {}

  Logged logged() throws IOException, InterruptedException {
    String log = compose("logs", "worker");
    return new Logged(
        UNITS.matcher(log).results().mapToLong(match -> Long.parseLong(match.group(1))).sum(),
        log.lines().filter(line -> line.contains("Coin found")).count());
  }

  private ProcessBuilder command(String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker", "compose", "-p", project));
    files.forEach(file -> command.addAll(List.of("-f", file.getPath())));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder;
  }

  @Override
  public void close() {
    compose.stop();
  }
}
