package dockercoins.bench;

import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Engine.Usage;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Stack;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/** How soon and how fast workers mine, and what the application needs meanwhile. */
final class Mining {

  static List<Measurement> measurements(Duration mine) {
    List<Measurement> measurements = new ArrayList<>();
    for (int workers : List.of(1, 10)) {
      measurements.add(
          Measurement.of(
              Figure.less("up." + workers, "s", "from docker compose up to the first hash"),
              (stack, run) -> run.add(up(stack, workers))));
    }
    measurements.add(new Measurement("mining", figures(), (stack, run) -> mine(stack, run, mine)));
    for (int workers : List.of(1, 2, 3, 5, 10)) {
      double ideal = Math.min(workers / 0.3, 10);
      measurements.add(
          Measurement.of(
              new Figure("speed." + workers, "hashes/s", "more", ideal, "all workers"),
              (stack, run) ->
                  run.add(speed(stack, workers, Duration.ofSeconds(10), mine.dividedBy(5)))));
    }
    return measurements;
  }

  static List<Measurement> loads(Duration load) {
    List<Measurement> loads = new ArrayList<>();
    for (int workers : List.of(1, 4)) {
      loads.add(
          Measurement.of(
              Figure.more("load." + workers, "hashes/s", "all workers, DELAY_MS=0"),
              (stack, run) -> run.add(speed(stack, workers, load, load.multipliedBy(2)))));
    }
    return loads;
  }

  private static double up(Stack stack, int workers) throws Exception {
    var patience =
        await()
            .atMost(Duration.ofMinutes(2))
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(10));
    long start = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var up = threads.submit(() -> stack.compose("up", "-d", "--scale", "worker=" + workers));
      patience.until(
          () -> {
            if (up.isDone()) {
              up.get(); // throws if it has failed
            }
            return !stack.containers("redis").isEmpty();
          });
      try (RedisCli redis = stack.redis()) {
        patience.until(() -> redis.hashes() > 0);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      up.get();
      return seconds;
    }
  }

  private static List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    for (String name : List.of("rng", "hasher", "webui", "worker", "stack")) {
      String what = name.equals("stack") ? "all containers, Redis included" : "a container";
      figures.add(Figure.less("memory." + name, "MiB", what + ", as docker stats counts"));
      figures.add(Figure.less("memory.%s.raw".formatted(name), "MiB", what + ", with all files"));
    }
    figures.add(Figure.less("cpu.stack", "% of a core", "all containers, ten workers mining"));
    figures.add(Figure.less("cpu.engine", "% of a core", "the engine meanwhile"));
    return figures;
  }

  private static void mine(Stack stack, Run run, Duration length) throws Exception {
    start(stack, 10).close(); // redis-cli would add to the memory
    Map<String, List<String>> services = stack.containers();
    List<String> all = services.values().stream().flatMap(List::stream).toList();
    Thread.sleep(length.dividedBy(5)); // the start is not part of the figures
    Map<String, Usage> before = Engine.usage(all);
    double engine = Machine.engineCpuSeconds();
    Duration window = length.multipliedBy(4).dividedBy(5);
    Thread.sleep(window);
    run.add("cpu.engine", 1e11 * (Machine.engineCpuSeconds() - engine) / window.toNanos());
    Map<String, Usage> after = Engine.usage(all);
    double cpu = all.stream().mapToDouble(id -> after.get(id).cpuSince(before.get(id))).sum();
    run.add("cpu.stack", 100 * cpu);
    for (String service : Bench.SERVICES) {
      List<String> ids = services.get(service);
      addMemory(run, service, ids.stream().map(after::get).toList(), ids.size());
    }
    addMemory(run, "stack", after.values(), 1);
  }

  private static void addMemory(Run run, String name, Collection<Usage> all, int containers) {
    double memory = all.stream().mapToDouble(Usage::memory).sum();
    double rawMemory = all.stream().mapToDouble(Usage::rawMemory).sum();
    run.add("memory." + name, memory / containers);
    run.add("memory.%s.raw".formatted(name), rawMemory / containers);
  }

  private static double speed(Stack stack, int workers, Duration settle, Duration window)
      throws Exception {
    try (RedisCli redis = start(stack, workers)) {
      Thread.sleep(settle);
      return redis.speed(window);
    }
  }

  /** Returns as soon as a worker has reported hashes. */
  private static RedisCli start(Stack stack, int workers) throws Exception {
    stack.compose("up", "-d", "--scale", "worker=" + workers);
    RedisCli redis = stack.redis();
    redis.awaitMining(1);
    return redis;
  }
}
