package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** A stack with five workers, in which something is broken for a while: what does it cost? */
final class FaultLab implements AutoCloseable {

  /** Of each fault: {@code -Dfault.seconds=5}, say. */
  static final int SECONDS = Integer.getInteger("fault.seconds", 20);

  static final int WORKERS = 5;
  private static final Duration GOAL = Duration.ofSeconds(2);
  private static final double NOISE = 2; // on a busy machine it may take so many seconds more

  /** Something that is done to the stack. */
  interface Action {
    void run() throws Exception;
  }

  private final Stack stack;

  /** Its workers log each unit of work. */
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
            end.run(); // the clock of the machine is not to stay an hour back
          }
        },
        report);
  }

  /**
   * Breaks something and mends it, then waits until all workers work and what they say they did is
   * what is in Redis. The processes of workers and webui have to survive.
   */
  void breakWhile(String fault, Action breakAndMend, Report report) throws Exception {
    Set<String> processes = processes();
    Instant start = Instant.now();
    double recovery;
    try (var page = new Page()) {
      breakAndMend.run();
      recovery = awaitRecovery();
      page.awaitCounts();
      page.report(fault, report);
    }
    awaitAccounts();
    long died = WORKERS + 1 - processes().stream().filter(processes::contains).count();
    report.add(
        fault,
        "under 2 s, 0 lost or twice, 0 died",
        "%.1f s, 0 lost or twice, %d died".formatted(recovery, died));
    assertThat(died).as("processes that died").isZero();
    assertThat(recovery)
        .as("recovery after:%n%s", String.join("\n", stack.logs("worker", start)))
        .isLessThan(GOAL.toSeconds() + NOISE);
  }

  /** How long it takes from now until all workers have done a unit of work, in seconds. */
  private double awaitRecovery() {
    long start = System.nanoTime();
    awaitAllWorkers(Instant.now());
    return (System.nanoTime() - start) / 1e9;
  }

  private void awaitAllWorkers(Instant since) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> working(since), count -> count == WORKERS);
  }

  private long working(Instant since) throws Exception {
    return stack.logs("worker", since).stream()
        .filter(FaultLab::isUnit)
        .map(line -> line.substring(0, line.indexOf(' ')))
        .distinct()
        .count();
  }

  /** Coin found, or no coin found. */
  static boolean isUnit(String line) {
    return line.contains("oin found");
  }

  /** Until what the workers say they did is what is in Redis: each unit and each coin, once. */
  void awaitAccounts() throws IOException {
    try (RedisCli redis = stack.redis()) {
      await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(50))
          .untilAsserted(
              () -> {
                var stored = new Stack.Logged(redis.hashes(), redis.coins());
                assertThat(stored).isEqualTo(stack.logged());
              });
    }
  }

  private Set<String> processes() throws Exception {
    List<String> command =
        new ArrayList<>(List.of("docker", "inspect", "-f", "{{.Id}} {{.State.StartedAt}}"));
    command.addAll(stack.containers("worker"));
    command.addAll(stack.containers("webui"));
    return Command.run(command.toArray(String[]::new)).lines().collect(Collectors.toSet());
  }

  @Override
  public void close() {
    stack.close();
  }

  /** Somebody who looks at the numbers of webui all the time. */
  private static final class Page implements AutoCloseable {

    private final AtomicLong slowest = new AtomicLong();
    private final AtomicLong away = new AtomicLong();
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> looking =
        looks.scheduleWithFixedDelay(this::look, 0, 50, TimeUnit.MILLISECONDS);

    private void look() {
      long start = System.nanoTime();
      try {
        if (Http.status(8000, "/json") == 503) {
          away.incrementAndGet();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e); // the last look
      } finally {
        slowest.accumulateAndGet((System.nanoTime() - start) / 1_000_000, Math::max);
      }
    }

    void awaitCounts() {
      await()
          .atMost(GOAL)
          .ignoreExceptions()
          .until(() -> Http.get(8000, "/json").contains("\"hashes\""));
    }

    void report(String fault, Report report) {
      report.add(
          "webui, " + fault,
          "/json within 2000 ms",
          "%d ms, %s".formatted(slowest.get(), away.get() > 0 ? "503 meanwhile" : "never 503"));
      assertThat(slowest.get()).as("slowest answer of /json").isLessThan(GOAL.toMillis());
      assertThat(looking.isDone()).as("/json failed").isFalse();
    }

    @Override
    public void close() {
      looks.shutdown();
    }
  }
}
