package dockercoins.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A Compose file on the engine, in a project of its own. */
final class Stack implements AutoCloseable {

  static final List<String> SERVICES = List.of("rng", "hasher", "webui", "worker");
  private static final String NO_DELAYS =
      """
      services:
        rng: {environment: {DELAY_MS: "0"}}
        hasher: {environment: {DELAY_MS: "0"}}
        worker: {environment: {DELAY_MS: "0"}}
      """;

  final String project;
  final Path file;
  private final List<Path> overrides;

  Stack(String project, Path file) {
    this(project, file, List.of());
  }

  private Stack(String project, Path file, List<Path> overrides) {
    this.project = project;
    this.file = file;
    this.overrides = overrides;
  }

  /** The same with DELAY_MS=0. */
  Stack withoutDelays(Path scratch) throws IOException {
    return new Stack(
        project, file, List.of(Files.writeString(scratch.resolve("no-delays.yml"), NO_DELAYS)));
  }

  Path folder() {
    return file.getParent();
  }

  /** Runs {@code docker compose <arguments>} on it. */
  String compose(String... arguments) throws IOException, InterruptedException {
    try (Command command = start(arguments)) {
      return command.await();
    }
  }

  Command start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("docker", "compose", "-p", project, "--project-directory", "" + folder()));
    command.addAll(List.of("-f", file.toString()));
    overrides.forEach(override -> command.addAll(List.of("-f", override.toString())));
    command.addAll(List.of(arguments));
    return new Command(command.toArray(String[]::new));
  }

  /** Builds and pulls what is not there. */
  void prepare() throws IOException, InterruptedException {
    Set<String> services = Set.copyOf(compose("config", "--services").lines().toList());
    for (String service : List.of("rng", "hasher", "worker", "webui", "redis")) {
      if (!services.contains(service)) {
        throw new IllegalArgumentException(
            "%s has no service %s. Give a Compose file with rng, hasher, worker, webui and redis."
                .formatted(file, service));
      }
    }
    compose("create", "--build");
    down();
  }

  /** What Compose reads in its file: name, image, build of each service. */
  JsonNode services() throws IOException, InterruptedException {
    return new ObjectMapper().readTree(compose("config", "--format", "json")).get("services");
  }

  String image(String service) throws IOException, InterruptedException {
    return services().at("/%s/image".formatted(service)).asText(project + "-" + service);
  }

  /** A container of this service alone, not started. */
  String create(String service) throws IOException, InterruptedException {
    compose("up", "--no-start", "--no-deps", service);
    return compose("ps", "-aq", service);
  }

  List<Engine.Container> containers() throws IOException {
    return Engine.containers("project=" + project);
  }

  List<Engine.Container> containers(String service) throws IOException {
    return Engine.containers("project=" + project, "service=" + service);
  }

  /** With the data of its Redis. */
  void down() throws IOException, InterruptedException {
    compose("down", "-v", "-t", "1", "--remove-orphans");
  }

  /** With the images that were built for it. */
  @Override
  public void close() throws IOException, InterruptedException {
    compose("down", "-v", "-t", "1", "--remove-orphans", "--rmi", "local");
  }
}
