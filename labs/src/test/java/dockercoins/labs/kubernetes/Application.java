package dockercoins.labs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.WorkerLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * {@code k8s/base} with components of {@code k8s/}, in a namespace of its own. The workers log each
 * unit of work.
 */
final class Application implements AutoCloseable {

  private final Cluster cluster;
  private final String namespace;
  private final WorkerLogs logs;

  /** Creates the namespace. */
  private Application(Cluster cluster, String namespace) throws IOException, InterruptedException {
    this.cluster = cluster;
    this.namespace = namespace;
    cluster.kubectl("create", "namespace", namespace);
    logs = new WorkerLogs(List.of(new Workers()));
  }

  /** Creates the namespace, and deploys {@code k8s/base} with these components. */
  Application(Cluster cluster, String namespace, String... components)
      throws IOException, InterruptedException {
    this(cluster, namespace);
    apply(components);
  }

  /** Creates the namespace, and deploys nothing. */
  static Application empty(Cluster cluster, String namespace)
      throws IOException, InterruptedException {
    return new Application(cluster, namespace);
  }

  /** All workers of the namespace. */
  private final class Workers implements WorkerLogs.Source {

    /**
     * A container that starts again in the same pod has another id. The watch ends after 10 s, so
     * that a log is read again if the connection to its node was lost. The output is a template,
     * because kubectl fails at the second event if a jsonpath contains a range.
     */
    @Override
    public List<List<String>> lists() {
      String template =
          "{{$pod := .metadata.name}}{{range .status.containerStatuses}}{{if .state.running}}"
              + "{{$pod}}/{{.containerID}}{{\"\\n\"}}{{end}}{{end}}";
      return List.of(
          command(
              "get",
              "pods",
              "-lapp=worker",
              "--watch",
              "--request-timeout=10s",
              "-ogo-template=" + template));
    }

    @Override
    public List<String> log(String container) {
      String pod = container.substring(0, container.indexOf('/'));
      return command("logs", "--follow", "--timestamps", pod);
    }

    @Override
    public Map<String, String> environment() {
      return cluster.environment();
    }
  }

  private List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(cluster.command("-n", namespace));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs {@code kubectl <arguments>} in the namespace, and returns the output. */
  String kubectl(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-n", namespace));
    all.addAll(List.of(arguments));
    return cluster.kubectl(all.toArray(String[]::new));
  }

  /** Applies {@code k8s/base} with these components, and waits until everything runs. */
  void apply(String... components) throws IOException, InterruptedException {
    kubectl("apply", "-k", kustomization(components).toString());
    awaitReady();
  }

  /**
   * A folder with {@code k8s/base}, these components, DEBUG for the workers, and the address of
   * Prometheus in this namespace.
   */
  Path kustomization(String... components) throws IOException {
    var lines = new StringBuilder();
    lines.append("resources: [../../../k8s/base]\ncomponents:\n");
    Stream.of(components)
        .sorted()
        .forEach(component -> lines.append("- ../../../k8s/%s\n".formatted(component)));
    lines.append(
        """
        patches:
        - target: {kind: Deployment, name: worker}
          patch: |
            - {op: add, path: /spec/template/spec/containers/0/env, value: [{name: DEBUG, value: "yes"}]}
        - target: {kind: ScaledObject}
          patch: |
            - {op: replace, path: /spec/triggers/0/metadata/serverAddress, value: "http://prometheus.%s:9090"}
        """
            .formatted(namespace));
    Path folder = Files.createTempDirectory(Path.of("target"), "kustomization");
    Files.writeString(folder.resolve("kustomization.yaml"), lines);
    return folder;
  }

  /** Waits until all pods that should run are ready, and no old ones are left. */
  void awaitReady() throws IOException, InterruptedException {
    kubectl("rollout", "status", "deployments,daemonsets,statefulsets", "--timeout=2m");
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> !kubectl("get", "pods").contains("Terminating"));
  }

  /** Sets the number of pods of a Deployment, and waits until so many are ready. */
  void scale(String deployment, int replicas) throws IOException, InterruptedException {
    kubectl("scale", "deployment", deployment, "--replicas=" + replicas);
    awaitReady();
  }

  /** The logs of all workers since before the first one started. */
  WorkerLogs logs() {
    return logs;
  }

  /** A redis-cli in the pod of Redis. Waits until Redis runs somewhere. */
  RedisCli redis() throws IOException {
    List<String> exec = command("exec", "-i", "service/redis", "--");
    return new RedisCli(cluster.environment(), exec.toArray(String[]::new));
  }

  /** How often the containers of a service have been started again. */
  int restarts(String service) throws IOException, InterruptedException {
    String format =
        "jsonpath={range .items[*]}{.status.containerStatuses[0].restartCount}{\"\\n\"}{end}";
    return kubectl("get", "pods", "-lapp=" + service, "-o", format)
        .lines()
        .mapToInt(Integer::parseInt)
        .sum();
  }

  /** The names of the running pods of a service on a node. */
  List<String> pods(String service, String node) throws IOException, InterruptedException {
    return kubectl(
            "get", "pods", "-oname", "-lapp=" + service, "--field-selector=spec.nodeName=" + node)
        .lines()
        .toList();
  }

  /** The names of the nodes on which a service runs. */
  List<String> nodes(String service) throws IOException, InterruptedException {
    String format = "jsonpath={range .items[*]}{.spec.nodeName}{\"\\n\"}{end}";
    return kubectl("get", "pods", "-lapp=" + service, "-o", format).lines().toList();
  }

  /** Runs another version of the image of a service. */
  void setImage(String service, String tag) throws IOException, InterruptedException {
    kubectl("set", "image", "deployment/" + service, service + "=" + Cluster.image(service, tag));
  }

  /** Where webui answers: at a port of a node. */
  String webui() throws IOException, InterruptedException {
    String port = kubectl("get", "service/webui", "-ojsonpath={.spec.ports[0].nodePort}");
    return "http://%s:%s".formatted(cluster.address(1), port);
  }

  /** Checks that no request failed since a change began, and that so many workers have worked. */
  void checkUnnoticed(String change, Instant start, int workers, double fullSpeed, Report report) {
    logs.checkUnnoticed(change, start, fullSpeed, report);
    assertThat(logs.working(start)).isGreaterThanOrEqualTo(workers);
  }

  /** Stops the workers, so that they store everything, and compares their logs with Redis. */
  void checkNothingIsLost(String change, RedisCli redis, Report report)
      throws IOException, InterruptedException {
    scale("worker", 0);
    logs.awaitEnd();
    logs.awaitNothingIsLost(redis);
    long units = logs.units();
    long stored = redis.hashes();
    report.add(change + ": units in all logs, and in Redis", "" + units, "" + stored);
    assertThat(stored).isEqualTo(units);
  }

  /** Stops the workers first, because a worker that stops without Redis waits for it. */
  @Override
  public void close() throws IOException, InterruptedException {
    kubectl("delete", "deployment", "worker", "--cascade=foreground", "--ignore-not-found");
    logs.close();
    cluster.kubectl("delete", "namespace", namespace, "--wait=false");
  }
}
