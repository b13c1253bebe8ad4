package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** A stack with five workers. Breaks something in it, mends it, and checks that it recovers. */
final class FaultLab implements AutoCloseable {

  /** How long each fault lasts. {@code -Dfault.seconds=5} changes it. */
  static final int SECONDS = Integer.getInteger("fault.seconds", 20);

  static final int WORKERS = 5;
  private static final Duration GOAL = Duration.ofSeconds(2);
  private static final double NOISE = 2; // seconds that a busy machine may add

  interface Action {
    void run() throws Exception;
  }

  private final Stack stack;

  /** The workers have to log each unit of work, which {@code DEBUG} makes them do. */
  FaultLab(Stack stack) throws Exception {
    this.stack = stack;
    stack.scale("worker=" + WORKERS);
    awaitAllWorkers(Instant.now());
  }

  void breakFor(int seconds, String fault, Action begin, Action end, Report report)
      throws Exception {
    breakWhile(
        fault + ", " + seconds + " s",
        () -> {
          try {
            begin.run();
            TimeUnit.SECONDS.sleep(seconds);
          } finally {
            end.run(); // in any case, or the clock of the machine would stay an hour back
          }
        },
        report);
  }

  /**
   * Breaks something and mends it. Then all workers have to mine again, Redis has to have exactly
   * what the workers have logged, and no process of workers and webui may have died.
   */
  void breakWhile(String fault, Action breakAndMend, Report report) throws Exception {
    Set<String> processes = processes();
    Instant start = Instant.now();
    double recovery;
    try (var webui = new WebuiClient()) {
      breakAndMend.run();
      recovery = awaitRecovery();
      awaitWebui();
      webui.report(fault, report);
    }
    awaitNothingIsLost();
    long died = WORKERS + 1 - processes().stream().filter(processes::contains).count();
    report.add(
        fault,
        "under 2 s, 0 lost or counted twice, 0 died",
        "%.1f s, 0 lost or counted twice, %d died".formatted(recovery, died));
    assertThat(died).as("processes that died").isZero();
    assertThat(recovery)
        .as("recovery after:%n%s", String.join("\n", workerLogs(start)))
        .isLessThan(GOAL.toSeconds() + NOISE);
  }

  /**
   * Waits until all workers have done a unit of work, and returns how long that took, in seconds.
   */
  private double awaitRecovery() {
    long start = System.nanoTime();
    awaitAllWorkers(Instant.now());
    return (System.nanoTime() - start) / 1e9;
  }

  void awaitAllWorkers(Instant since) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> working(since), count -> count == WORKERS);
  }

  private long working(Instant since) throws Exception {
    return workerLogs(since).stream()
        .filter(Accounts::isUnit)
        .map(line -> line.substring(0, line.indexOf(' ')))
        .distinct()
        .count();
  }

  private List<String> workerLogs(Instant since) throws Exception {
    return stack
        .compose("logs", "--no-color", "--since", since.toString(), "worker")
        .lines()
        .toList();
  }

  /** Waits until Redis has each unit and each coin that the workers have logged, once. */
  void awaitNothingIsLost() throws IOException {
    try (RedisCli redis = stack.redis()) {
      Accounts.awaitNothingIsLost(redis, () -> Accounts.logged(stack));
    }
  }

  static void awaitWebui() {
    await()
        .atMost(GOAL)
        .ignoreExceptions()
        .until(() -> Http.get(8000, "/json").contains("\"hashes\""));
  }

  private Set<String> processes() throws Exception {
    List<String> command =
        new ArrayList<>(List.of("docker", "inspect", "-f", "{{.Id}} {{.State.StartedAt}}"));
    command.addAll(stack.containers("worker"));
    command.addAll(stack.containers("webui"));
    return Shell.run(command.toArray(String[]::new)).lines().collect(Collectors.toSet());
  }

  @Override
  public void close() throws Exception {
    stack.close();
  }

  /** Asks webui for its numbers all the time. */
  private static final class WebuiClient implements AutoCloseable {

    private final AtomicLong slowestMillis = new AtomicLong();
    private final AtomicLong unavailable = new AtomicLong();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> requests =
        timer.scheduleWithFixedDelay(this::request, 0, 50, TimeUnit.MILLISECONDS);

    private void request() {
      long start = System.nanoTime();
      try {
        if (Http.status(8000, "/json") == 503) {
          unavailable.incrementAndGet();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e); // ends the schedule
      } finally {
        slowestMillis.accumulateAndGet((System.nanoTime() - start) / 1_000_000, Math::max);
      }
    }

    void report(String fault, Report report) {
      report.add(
          "webui, " + fault,
          "/json within 2000 ms",
          "%d ms, %s"
              .formatted(slowestMillis.get(), unavailable.get() > 0 ? "some 503" : "no 503"));
      assertThat(slowestMillis.get()).as("slowest answer of /json").isLessThan(GOAL.toMillis());
      assertThat(requests).as("requests of /json").isNotDone();
    }

    @Override
    public void close() {
      timer.shutdown();
    }
  }
}
