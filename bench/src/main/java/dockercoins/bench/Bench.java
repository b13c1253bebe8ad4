package dockercoins.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Measures one application, or two in turn. The first argument is the folder of this module. */
final class Bench {

  private final Options options;
  private final Path target;
  private final Path scratch;
  private final Map<String, Stack> stacks = new LinkedHashMap<>();
  private final List<Measurement> measurements;
  private final List<Run> runs = new ArrayList<>();
  private final Map<String, String> machine;

  public static void main(String[] args) {
    Thread main = Thread.currentThread();
    var done = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (done.getCount() > 0) { // ^C or SIGTERM: the main thread cleans up
                    main.interrupt();
                    await(done);
                  }
                }));
    int status = bench(Path.of(args[0]), List.of(args).subList(1, args.length));
    done.countDown();
    System.exit(status);
  }

  private static int bench(Path folder, List<String> arguments) {
    if (arguments.contains("--help")) {
      System.out.print(Options.USAGE);
      return 0;
    }
    Locale.setDefault(Locale.ROOT); // a point in all numbers
    try {
      Options options =
          Options.parse(
              folder.resolveSibling("docker-compose.yml"), arguments.toArray(String[]::new));
      Machine.check(System.getProperty("os.name"), System.getenv("PATH"));
      return new Bench(options, folder.resolve("target")).run() ? 0 : 1;
    } catch (IllegalArgumentException | IOException e) {
      System.err.println(e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      System.err.println("Stopped. target/bench.html has what was measured.");
      return 1;
    }
  }

  private static void await(CountDownLatch done) {
    try {
      done.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      // then the engine has to be cleaned by hand
    }
  }

  private Bench(Options options, Path target) throws IOException {
    this.options = options;
    this.target = target;
    scratch = target.resolve("scratch");
    machine = Machine.describe();
    options.files().forEach((side, file) -> stacks.put(side, stack(side, file)));
    measurements = new ArrayList<>(Starting.measurements());
    measurements.addAll(new Mining(options.mine()).measurements());
    measurements.addAll(new Images(scratch).measurements());
    measurements.addAll(new Load(options.load(), scratch).measurements());
    options.check(measurements.stream().flatMap(m -> m.figures().stream()).toList());
  }

  private static Stack stack(String side, Path file) {
    return new Stack("bench-" + side.toLowerCase(), file);
  }

  /** False if a run failed. */
  private boolean run() throws IOException, InterruptedException {
    Files.createDirectories(scratch);
    try {
      for (Stack stack : stacks.values()) {
        System.out.printf("building %s%n", stack.file);
        stack.prepare();
      }
      for (Measurement measurement : measurements) {
        if (measurement.figures().stream().anyMatch(options::wants)) {
          for (int number = 1; number <= (measurement.repeated() ? options.runs() : 1); number++) {
            for (String side : stacks.keySet()) {
              measure(measurement, side, number);
            }
          }
        }
      }
      System.out.println();
      System.out.print(report().table());
      return runs.stream().noneMatch(run -> run.doubts().containsKey(Report.FAILED));
    } finally {
      for (Stack stack : stacks.values()) {
        close(stack);
      }
      Command.run("rm", "-rf", scratch.toString());
    }
  }

  private static void close(Stack stack) throws IOException, InterruptedException {
    try {
      stack.close();
    } catch (IOException | InterruptedException e) { // ^C stops docker compose, too
      stack.close();
    }
  }

  private void measure(Measurement measurement, String side, int number)
      throws IOException, InterruptedException {
    Stack stack = stacks.get(side);
    var run = new Run(measurement.name(), side, number);
    try {
      stack.down();
      Machine.awaitIdle(run);
      Machine.Ticks before = Machine.Ticks.now();
      measurement.code().measure(stack, run);
      Machine.checkStolen(before, run);
    } catch (IOException | RuntimeException e) {
      run.doubt(Report.FAILED, e.toString());
    } finally {
      stack.down();
    }
    System.out.println(measurement.name() + " " + Report.line(run));
    runs.add(run);
    report().write(target);
  }

  private Report report() throws IOException {
    return new Report(
        options,
        machine,
        measurements.stream().flatMap(m -> m.figures().stream()).filter(options::wants).toList(),
        runs);
  }
}
