package dockercoins.labs.kubernetes;

import dockercoins.labs.harness.Shell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** Tries to connect from each pod to each target. Pods with the same name in a table are alike. */
final class Connections {

  /** A pod, and what the tables call it. */
  private record Pod(String title, String namespace, String name, String address) {}

  private record Target(String title, String address, int port) {}

  /** A port that no pod of the application uses, and on which each of them listens here. */
  private static final int OTHER_PORT = 8888;

  private static final String LISTEN =
      """
      my $socket = IO::Socket::INET->new(LocalPort => %d, Listen => 99) or die;
      exit if fork;
      close STDIN; close STDOUT; close STDERR;
      sleep 3600;
      """
          .formatted(OTHER_PORT);

  private final Cluster cluster;
  private final List<Pod> pods = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();

  Connections(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Adds all pods with this label. They are also targets, with these ports and with one that they
   * do not use.
   */
  void addPods(String title, String namespace, String label, int... ports)
      throws IOException, InterruptedException {
    String format = "jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{\"\\n\"}{end}";
    for (String line :
        cluster
            .kubectl("-n", namespace, "get", "pods", "-l" + label, "-o", format)
            .lines()
            .toList()) {
      String[] words = line.split(" ");
      var pod = new Pod(title, namespace, words[0], words[1]);
      exec(pod, "perl", "-MIO::Socket::INET", "-e", LISTEN);
      pods.add(pod);
      for (int port : ports) {
        addTarget(title, pod.address, port);
      }
      addTarget(title, pod.address, OTHER_PORT);
    }
  }

  void addTarget(String title, String address, int port) {
    targets.add(new Target("%s:%d".formatted(title, port), address, port));
  }

  /** The titles of all targets. */
  List<String> targets() {
    return targets.stream().map(Target::title).distinct().toList();
  }

  /**
   * Which pods reach which targets, by their titles. Fails if that depends on where they are, and
   * leaves out what a pod sends to itself.
   */
  Map<String, Set<String>> tryAll() throws InterruptedException, ExecutionException {
    Map<Pod, Set<Target>> reached = new HashMap<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<Pod, Future<Set<Target>>> answers = new HashMap<>();
      for (Pod pod : pods) {
        Callable<Set<Target>> reach = () -> reached(pod);
        answers.put(pod, threads.submit(reach));
      }
      for (Pod pod : pods) {
        reached.put(pod, answers.get(pod).get());
      }
    }
    Map<String, Set<String>> titles = new TreeMap<>();
    for (Pod pod : pods) {
      Set<String> ofKind = titles.computeIfAbsent(pod.title, title -> new TreeSet<>());
      reached.get(pod).forEach(target -> ofKind.add(target.title));
    }
    for (Pod pod : pods) {
      for (Target target : targets) {
        if (!target.address.equals(pod.address)
            && titles.get(pod.title).contains(target.title)
            && !reached.get(pod).contains(target)) {
          titles
              .get(pod.title)
              .add("%s, but not %s from %s".formatted(target.title, target.address, pod.name));
        }
      }
    }
    return titles;
  }

  /** The targets that this pod reaches within 3 s. */
  private Set<Target> reached(Pod pod) throws IOException, InterruptedException {
    List<Target> others =
        targets.stream().filter(target -> !target.address.equals(pod.address)).toList();
    String attempts =
        others.stream()
            .map(target -> target.address + "/" + target.port)
            .collect(Collectors.joining(" "));
    String script =
        """
        for target in %s; do
          (timeout 3 bash -c "</dev/tcp/$target" 2>/dev/null && echo "$target") &
        done
        wait
        """
            .formatted(attempts);
    Set<String> answers = exec(pod, "bash", "-c", script).lines().collect(Collectors.toSet());
    return others.stream()
        .filter(target -> answers.contains(target.address + "/" + target.port))
        .collect(Collectors.toSet());
  }

  private String exec(Pod pod, String... command) throws IOException, InterruptedException {
    List<String> all =
        new ArrayList<>(cluster.command("-n", pod.namespace, "exec", pod.name, "--"));
    all.addAll(List.of(command));
    return Shell.run(cluster.environment(), all);
  }
}
