package dockercoins.labs.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
 * Follows the log of each worker from its first line, because an orchestrator removes the logs of a
 * worker together with it. Reads all logs of an engine again when the engine comes back.
 */
public final class WorkerLogs implements AutoCloseable {

  /** The engine of a node, or a whole cluster. */
  public interface Source {

    /** Commands that list the workers, a container a line. The last one goes on with new ones. */
    List<List<String>> lists();

    /** A command that prints the log of a container from its first line, with the times. */
    List<String> log(String container);

    /** Variables for the commands. */
    Map<String, String> environment();
  }

  /** A line of a log, and when the worker wrote it. */
  private record Line(Instant time, String text) {

    static Line of(String line) {
      int space = line.indexOf(' ');
      return new Line(Instant.parse(line.substring(0, space)), line.substring(space + 1));
    }

    boolean isUnit() {
      return Accounts.isUnit(text);
    }
  }

  private final Map<String, List<Line>> logs = new ConcurrentHashMap<>(); // by container
  private final Set<String> followed = ConcurrentHashMap.newKeySet();
  private final Set<Process> processes = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  public WorkerLogs(List<? extends Source> sources) {
    sources.forEach(source -> start(() -> follow(source)));
  }

  private static void start(Runnable follower) {
    Thread.ofPlatform().daemon().start(follower);
  }

  /** Lists the workers that exist, and waits for new ones until the source ends. Then repeats. */
  private void follow(Source source) {
    while (!closed) {
      for (List<String> list : source.lists()) {
        run(
            source,
            list,
            container -> {
              if (followed.add(container)) {
                start(() -> follow(source, container));
              }
            });
      }
      pause();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(100); // because the source is away
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void follow(Source source, String container) {
    List<Line> log = Collections.synchronizedList(new ArrayList<>());
    run(
        source,
        source.log(container),
        line -> {
          if (line.matches("\\d{4}-.*")) { // else kubectl says why there is no log any more
            log.add(Line.of(line));
            logs.merge(container, log, (old, read) -> read.size() > old.size() ? read : old);
          }
        });
    followed.remove(container);
  }

  /** Runs a command, and passes on each line that it prints. */
  private void run(Source source, List<String> command, Consumer<String> lines) {
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(source.environment());
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
  private List<Line> lines() {
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
  public Accounts accounts() {
    return Accounts.logged(lines().stream().map(Line::text).toList());
  }

  /** The number of units of work that the workers have done, even if they are not stored yet. */
  public long units() {
    return lines().stream().filter(Line::isUnit).count();
  }

  /** The number of workers that have done a unit of work since this moment. */
  public long working(Instant since) {
    return logs.values().stream()
        .filter(
            log ->
                snapshot(log).stream()
                    .anyMatch(line -> line.isUnit() && !line.time.isBefore(since)))
        .count();
  }

  /** The lines since this moment that report failures. */
  public List<String> failures(Instant since) {
    return lines().stream()
        .filter(line -> !line.time.isBefore(since) && line.text.contains("failed"))
        .map(Line::text)
        .toList();
  }

  /** The longest time without any unit of work since this moment, in seconds. */
  public double longestPause(Instant since) {
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
  public double speed(Duration window) throws InterruptedException {
    Instant start = Instant.now();
    TimeUnit.NANOSECONDS.sleep(window.toNanos());
    return minSpeed(start, start.plus(window), window);
  }

  /** The lowest speed over a window of this length between two moments, in units a second. */
  public double minSpeed(Instant from, Instant to, Duration window) {
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
  public void awaitNothingIsLost(RedisCli redis) {
    Accounts.awaitNothingIsLost(redis, this::accounts);
  }

  /** Waits until all logs have been read to their ends, after all workers have ended. */
  public void awaitEnd() {
    await().atMost(Duration.ofMinutes(2)).until(followed::isEmpty);
  }

  /** Waits until so many workers have each done a unit of work from now on. */
  public void awaitWorking(int workers) {
    Instant now = Instant.now();
    await()
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .until(() -> working(now) == workers);
  }

  /**
   * Checks that no request failed since a change began.
   *
   * @return the lowest speed since then, as a part of the full speed
   */
  public double checkUnnoticed(String change, Instant start, double fullSpeed, Report report) {
    Instant end = Instant.now();
    double speed = minSpeed(start, end, Duration.ofSeconds(4)) / fullSpeed;
    List<String> failures = failures(start);
    report.add(
        change,
        "0 failures",
        "%d failures, %.1f s, %.0f %% of the speed at least"
            .formatted(
                failures.size(), Duration.between(start, end).toMillis() / 1e3, 100 * speed));
    assertThat(failures).isEmpty();
    return speed;
  }

  /** The units and coins that are in the logs but not stored. Call {@link #awaitEnd} first. */
  public Accounts missing(Accounts stored) {
    return new Accounts(units(), accounts().coins()).minus(stored);
  }

  @Override
  public void close() {
    closed = true;
    processes.forEach(Process::destroy);
  }
}
