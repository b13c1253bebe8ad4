package dockercoins.bench;

import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures one application, or two in turn. */
@Command(
    name = "bench/run",
    description = "Measures what the application of COMPOSE-FILE costs and how fast it is.",
    sortOptions = false)
final class Bench implements Callable<Integer> {

  static final List<String> SERVICES = List.of("rng", "hasher", "webui", "worker");

  @Mixin private Options options;

  private final Path folder;
  private final Map<String, Stack> stacks = new LinkedHashMap<>();
  private final List<Run> runs = new ArrayList<>();
  private Report report;
  private boolean failed;

  /** The first argument is the folder of this module. */
  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // writes a point in all numbers
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(main)));
    int status =
        new CommandLine(new Bench(Path.of(args[0])))
            .setExecutionExceptionHandler((exception, line, result) -> explain(exception))
            .execute(Arrays.copyOfRange(args, 1, args.length));
    Runtime.getRuntime().halt(status); // System.exit would run the hook, which waits for main
  }

  /** Makes the main thread clean up, after ^C or SIGTERM. */
  private static void stop(Thread main) {
    main.interrupt();
    try {
      main.join(Duration.ofMinutes(1));
    } catch (InterruptedException e) {
      // ends at once
    }
  }

  private static int explain(Exception exception) {
    boolean stopped = exception instanceof InterruptedException;
    System.err.println(
        stopped
            ? "Stopped. bench/target/bench.html has what was measured."
            : exception.getMessage());
    return 1;
  }

  private Bench(Path folder) {
    this.folder = folder;
  }

  /** Returns 1 if a run failed. */
  @Override
  public Integer call() throws Exception {
    if (options.file == null) {
      options.file = folder.resolveSibling("docker-compose.yml");
    }
    List<Measurement> measurements = measurements();
    List<Figure> figures = measurements.stream().flatMap(m -> m.figures().stream()).toList();
    options.check(figures);
    Map<String, String> environment = new LinkedHashMap<>();
    options.files().forEach((side, file) -> environment.put(side, file.toString()));
    environment.put("mine, load", "%d s, %d s".formatted(options.mine, options.load));
    environment.putAll(Machine.describe());
    report = new Report(environment, figures.stream().filter(options::wants).toList(), runs);
    try {
      Shell.run(
          "docker", "build", "-q", "-t", Services.CLIENT_IMAGE, "" + folder.resolve("client"));
      for (String side : options.files().keySet()) {
        build(side, options.files().get(side));
      }
      for (Measurement measurement : measurements) {
        if (measurement.figures().stream().anyMatch(options::wants)) {
          for (int number = 1; number <= (measurement.repeated() ? options.runs : 1); number++) {
            for (String side : stacks.keySet()) {
              measure(measurement, side, number);
            }
          }
        }
      }
      System.out.print("\n" + report.text());
      return failed ? 1 : 0;
    } finally {
      for (Stack stack : stacks.values()) {
        close(stack);
      }
    }
  }

  private List<Measurement> measurements() {
    Path noDelays = folder.resolve("no-delays.yml");
    var services = new Services(options, noDelays);
    var mining = new Mining(options, noDelays);
    return Stream.of(
            services.starts(),
            mining.measurements(),
            Images.measurements(),
            services.loads(),
            mining.loads())
        .flatMap(List::stream)
        .toList();
  }

  private void build(String side, Path file) throws IOException, InterruptedException {
    System.out.println("building " + file);
    var stack = new Stack("bench-" + side.toLowerCase(), Map.of(), List.of(file));
    stack.compose("config", "rng", "hasher", "worker", "webui", "redis"); // all must exist
    stacks.put(side, stack);
    stack.compose("create", "--build");
    stack.down();
  }

  private void measure(Measurement measurement, String side, int number) throws Exception {
    Stack stack = stacks.get(side);
    var run = new Run(measurement.name(), side, number);
    try {
      stack.down();
      Machine.awaitIdle(run);
      Machine.Ticks before = Machine.Ticks.now();
      measurement.code().measure(stack, run);
      Machine.checkStolen(before, run);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      run.doubt("failed (%s)", e);
      failed = true;
    } finally {
      stack.down();
    }
    System.out.println(Report.line(run));
    runs.add(run);
    report.write(folder.resolve("target"));
  }

  private static void close(Stack stack) throws IOException, InterruptedException {
    try {
      stack.close();
    } catch (IOException | InterruptedException e) { // ^C has also stopped docker compose
      stack.close();
    }
  }
}
