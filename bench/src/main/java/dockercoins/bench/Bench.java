package dockercoins.bench;

import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Measures one application, or two in turn. */
@Command(
    name = "bench/run",
    description = "Measures what an application costs and how fast it is.",
    sortOptions = false)
final class Bench implements Callable<Integer> {

  static final List<String> SERVICES = List.of("rng", "hasher", "webui", "worker");

  @Mixin private final Options options = new Options();

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
            .setExecutionExceptionHandler(
                (exception, line, result) -> {
                  boolean stopped = exception instanceof InterruptedException;
                  System.err.println(stopped ? "Stopped." : exception.getMessage());
                  return 1;
                })
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

  private Bench(Path folder) {
    this.folder = folder;
    options.file = folder.resolveSibling("docker-compose.yml"); // unless another one is given
  }

  /** Returns 1 if a run failed. */
  @Override
  public Integer call() throws Exception {
    List<Measurement> measurements = new ArrayList<>(Services.starts());
    measurements.addAll(Mining.measurements(Duration.ofSeconds(options.mine)));
    measurements.addAll(Images.measurements());
    measurements.addAll(Services.loads(options.load));
    measurements.addAll(Mining.loads(Duration.ofSeconds(options.load)));
    List<Figure> figures = measurements.stream().flatMap(m -> m.figures().stream()).toList();
    options.check(figures);
    Map<String, String> environment = new LinkedHashMap<>();
    options.files().forEach((side, file) -> environment.put(side, file.toString()));
    environment.put("options", "--mine %d --load %d".formatted(options.mine, options.load));
    environment.put("machine", Machine.describe());
    environment.put("date", Instant.now().toString());
    report = new Report(environment, figures.stream().filter(options::wants).toList(), runs);
    try {
      Shell.run(
          "docker", "build", "-q", "-t", Services.CLIENT_IMAGE, "" + folder.resolve("client"));
      for (Map.Entry<String, Path> file : options.files().entrySet()) {
        System.out.println("building " + file.getValue());
        var stack =
            new Stack("bench-" + file.getKey().toLowerCase(), Map.of(), List.of(file.getValue()));
        stack.compose("config", "rng", "hasher", "worker", "webui", "redis"); // all must exist
        stacks.put(file.getKey(), stack);
        stack.compose("create", "--build");
      }
      for (Measurement measurement : measurements) {
        boolean wanted = measurement.figures().stream().anyMatch(options::wants);
        int number = !wanted ? 0 : measurement.name().equals("image") ? 1 : options.runs;
        for (int run = 1; run <= number; run++) {
          for (String side : stacks.keySet()) {
            measure(measurement, new Run(measurement.name(), side, run));
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

  private void measure(Measurement measurement, Run run) throws Exception {
    Stack stack = stacks.get(run.side());
    try {
      stack.down();
      Machine.awaitIdle(run);
      Machine.Ticks before = Machine.Ticks.now();
      boolean load = measurement.name().startsWith("load.");
      measurement.code().measure(load ? stack.with(folder.resolve("no-delays.yml")) : stack, run);
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
