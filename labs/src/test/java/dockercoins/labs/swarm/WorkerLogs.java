package dockercoins.labs.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.RedisCli;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Follows the log of each worker on all nodes from its first line, because Swarm removes the logs
 * of a task together with the task. Reads all logs of an engine again when the engine comes back.
 */
final class WorkerLogs implements AutoCloseable {

  private static final String WORKERS = "label=com.docker.swarm.service.name=dockercoins_worker";

  /** A line of a log, and when the worker wrote it. */
  record Line(Instant time, String text) {

    static Line of(String line) {
      int space = line.indexOf(' ');
      return new Line(Instant.parse(line.substring(0, space)), line.substring(space + 1));
    }

    boolean isUnit() {
      return Accounts.isUnit(text);
    }
  }

  private final Swarm swarm;
  private final Map<String, List<Line>> logs = new ConcurrentHashMap<>(); // by container
  private final Set<String> followed = ConcurrentHashMap.newKeySet();
  private final Set<Process> processes = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  WorkerLogs(Swarm swarm) {
    this.swarm = swarm;
    for (int node : Swarm.NODES) {
      start(() -> followNode(node));
    }
  }

  private static void start(Runnable follower) {
    Thread.ofPlatform().daemon().start(follower);
  }

  /** Lists the workers that exist, and waits for new ones until the engine ends. Then repeats. */
  private void followNode(int node) {
    Consumer<String> follow =
        container -> {
          if (followed.add(container)) {
            start(() -> followContainer(node, container));
          }
        };
    while (!closed) {
      String since = "--since=" + Instant.now().getEpochSecond();
      docker(node, follow, "ps", "-aq", "--no-trunc", "--filter", WORKERS);
      docker(
          node,
          follow,
          "events",
          since,
          "--filter=event=start",
          "--filter",
          WORKERS,
          "--format={{.ID}}");
      pause();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(100); // because the engine is away
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void followContainer(int node, String container) {
    List<Line> log = Collections.synchronizedList(new ArrayList<>());
    docker(
        node,
        line -> {
          log.add(Line.of(line));
          logs.merge(container, log, (old, read) -> read.size() > old.size() ? read : old);
        },
        "logs",
        "-f",
        "-t",
        container);
    followed.remove(container);
  }

  /** Runs a docker command, and passes on each line that it prints. */
  private void docker(int node, Consumer<String> lines, String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(swarm.environment(node));
    try {
      Process process = builder.start();
      processes.add(process);
      try (BufferedReader output = process.inputReader()) {
        output.lines().forEach(lines);
      } finally {
        process.destroy();
        processes.remove(process);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All lines so far, in no particular order. */
  List<Line> lines() {
    List<Line> all = new ArrayList<>();
    logs.values().forEach(log -> all.addAll(snapshot(log)));
    return all;
  }

  private static List<Line> snapshot(List<Line> log) {
    synchronized (log) {
      return new ArrayList<>(log);
    }
  }

  /** The units and coins that the workers store, according to their logs. */
  Accounts accounts() {
    return Accounts.logged(lines().stream().map(Line::text).toList());
  }

  /** The number of units of work that the workers have done, even if they are not stored yet. */
  long units() {
    return lines().stream().filter(Line::isUnit).count();
  }

  /** The number of workers that have done a unit of work since this moment. */
  long working(Instant since) {
    return logs.values().stream()
        .filter(
            log ->
                snapshot(log).stream()
                    .anyMatch(line -> line.isUnit() && !line.time.isBefore(since)))
        .count();
  }

  /** The lines since this moment that report failures. */
  List<String> failures(Instant since) {
    return lines().stream()
        .filter(line -> !line.time.isBefore(since) && line.text.contains("failed"))
        .map(Line::text)
        .toList();
  }

  /** The longest time without any unit of work since this moment, in seconds. */
  double longestPause(Instant since) {
    List<Instant> units =
        lines().stream()
            .filter(line -> line.isUnit() && !line.time.isBefore(since))
            .map(Line::time)
            .sorted()
            .toList();
    Duration longest = Duration.ZERO;
    Instant last = since;
    for (Instant unit : units) {
      Duration pause = Duration.between(last, unit);
      longest = pause.compareTo(longest) > 0 ? pause : longest;
      last = unit;
    }
    return longest.toMillis() / 1e3;
  }

  /** The speed from now on, in units a second. */
  double speed(Duration window) throws InterruptedException {
    Instant start = Instant.now();
    TimeUnit.NANOSECONDS.sleep(window.toNanos());
    return minSpeed(start, start.plus(window), window);
  }

  /** The lowest speed over a window of this length between two moments, in units a second. */
  double minSpeed(Instant from, Instant to, Duration window) {
    assertThat(from.plus(window)).isBeforeOrEqualTo(to);
    List<Instant> units = lines().stream().filter(Line::isUnit).map(Line::time).toList();
    long fewest = Long.MAX_VALUE;
    Instant start = from;
    while (!start.plus(window).isAfter(to)) {
      Instant begin = start;
      Instant end = start.plus(window);
      fewest =
          Math.min(
              fewest,
              units.stream().filter(unit -> !unit.isBefore(begin) && unit.isBefore(end)).count());
      start = start.plusMillis(100);
    }
    return fewest / (window.toMillis() / 1e3);
  }

  /** Waits until Redis has what the workers have logged, each unit and each coin once. */
  void awaitNothingIsLost(RedisCli redis) {
    Accounts.awaitNothingIsLost(redis, this::accounts);
  }

  /** Waits until all logs have been read to their ends, after all workers have ended. */
  void awaitEnd() {
    await().atMost(Duration.ofMinutes(1)).until(followed::isEmpty);
  }

  @Override
  public void close() {
    closed = true;
    processes.forEach(Process::destroy);
  }
}
