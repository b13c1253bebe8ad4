package dockercoins.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Session;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast a service alone starts and answers. The client is a container in the network of the
 * service, so that the service needs no published port.
 */
final class Services {

  static final String CLIENT_IMAGE = "dockercoins-bench";

  static List<Measurement> starts() {
    List<Measurement> starts = new ArrayList<>();
    for (String service : List.of("rng", "hasher", "webui")) {
      String path = service.equals("webui") ? "/index.html" : "/";
      starts.add(
          Measurement.of(
              Figure.less("start." + service, "s", "from the container's start to the first 200"),
              (stack, run) -> run.add(start(stack, service, path))));
    }
    return starts;
  }

  static List<Measurement> loads(int seconds) {
    return List.of(
        load("load.rng.new", "a connection per request", "rng:80/32 -- close", seconds),
        load("load.rng.keep", "8 connections", "rng:80/32", seconds),
        load("load.hasher.new", "a connection per request", "hasher:80/ -- post close", seconds),
        load("load.hasher.keep", "8 connections", "hasher:80/ -- post", seconds));
  }

  private static Measurement load(String name, String connections, String arguments, int seconds) {
    return Measurement.of(
        Figure.more(name, "requests/s", "8 clients, %s, DELAY_MS=0".formatted(connections)),
        (stack, run) -> run.add(load(stack, run, arguments, seconds)));
  }

  private static double load(Stack stack, Run run, String arguments, int seconds) throws Exception {
    String service = arguments.substring(0, arguments.indexOf(':'));
    start(stack, service, "/");
    String container = stack.containers(service).getFirst();
    String wrk = "wrk -t1 -c8 -d%d -s /load.lua http://" + arguments;
    Shell.run(client(container, wrk.formatted(3))); // warms up
    String output = Shell.run(client(container, wrk.formatted(seconds)));
    JsonNode result = new ObjectMapper().readTree(output.lines().toList().getLast());
    if (result.get("failed").asLong() > 0) {
      run.doubt("had %s requests that failed", result.get("failed"));
    }
    return result.get("succeeded").asDouble() / result.get("seconds").asDouble();
  }

  /** Creates the container of the service alone, and times it from its start to the first 200. */
  private static double start(Stack stack, String service, String path) throws Exception {
    stack.compose("up", "--no-start", "--no-deps", service);
    String container = stack.compose("ps", "-aq", service);
    try (var client = new Session(client(container, "/first-200 %s %s".formatted(service, path)))) {
      client.ask("ready?");
      Engine.API.startContainerCmd(container).exec();
      Instant answered = Instant.EPOCH.plusNanos(Long.parseLong(client.ask("go")));
      String started = Engine.API.inspectContainerCmd(container).exec().getState().getStartedAt();
      return Duration.between(Instant.parse(started), answered).toNanos() / 1e9;
    }
  }

  /** Runs a command of the client's image in the network of a container. */
  private static String[] client(String container, String command) {
    return "docker run --rm -i --network %s %s %s"
        .formatted(Engine.network(container).getKey(), CLIENT_IMAGE, command)
        .split(" ");
  }
}
