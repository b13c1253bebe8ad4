package dockercoins.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a stack that mines needs, and how fast it is. */
final class Mining {

  private static final double MIB = 1 << 20;
  private static final Duration SETTLE = Duration.ofSeconds(10);

  private final Duration length;

  Mining(Duration length) {
    this.length = length;
  }

  List<Measurement> measurements() {
    List<Measurement> measurements = new ArrayList<>();
    measurements.add(new Measurement("mining", figures(), true, this::mine));
    for (int workers : List.of(1, 2, 3, 5, 10)) {
      Figure figure =
          new Figure(
              "speed." + workers,
              "hashes/s",
              Figure.Better.MORE,
              Math.min(workers / 0.3, 10),
              "with so many workers");
      measurements.add(
          Measurement.of(figure, (stack, run) -> run.add(figure.name(), speed(stack, workers))));
    }
    return measurements;
  }

  private List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    for (String service : Stack.SERVICES) {
      figures.add(
          Figure.less("memory." + service, "MiB", "of a container, as docker stats counts"));
      figures.add(
          Figure.less("memory.%s.raw".formatted(service), "MiB", "with all that it read lately"));
    }
    figures.add(Figure.less("memory.stack", "MiB", "of all containers, Redis too"));
    figures.add(Figure.less("memory.stack.raw", "MiB", "with all that they read lately"));
    figures.add(Figure.less("cpu.stack", "% of a core", "all containers, ten workers mining"));
    figures.add(Figure.less("cpu.engine", "% of a core", "the engine beside them"));
    return figures;
  }

  private void mine(Stack stack, Run run) throws IOException, InterruptedException {
    stack.compose("up", "-d", "--scale", "worker=10");
    try (Redis redis = Redis.awaitMining(stack)) {
      List<Engine.Container> containers = stack.containers();
      Map<String, List<Cgroup>> services = new LinkedHashMap<>();
      List<Cgroup> all = new ArrayList<>();
      for (Engine.Container container : containers) {
        Cgroup cgroup = Cgroup.of(container.pid());
        services.computeIfAbsent(container.service(), service -> new ArrayList<>()).add(cgroup);
        all.add(cgroup);
      }
      Thread.sleep(length.dividedBy(5)); // starting is no part of it
      long start = System.nanoTime();
      double cpu = cpuSeconds(all);
      double engine = Machine.engineCpuSeconds();
      Thread.sleep(length.multipliedBy(4).dividedBy(5));
      double seconds = (System.nanoTime() - start) / 1e9;
      run.add("cpu.stack", 100 * (cpuSeconds(all) - cpu) / seconds);
      run.add("cpu.engine", 100 * (Machine.engineCpuSeconds() - engine) / seconds);
      for (String service : Stack.SERVICES) {
        List<Cgroup> cgroups = services.getOrDefault(service, List.of());
        if (cgroups.isEmpty()) {
          throw new IOException(
              "%s of %s does not run. Look at its log.".formatted(service, stack.file));
        }
        run.add("memory." + service, used(cgroups) / cgroups.size());
        run.add("memory.%s.raw".formatted(service), usage(cgroups) / cgroups.size());
      }
      run.add("memory.stack", used(all));
      run.add("memory.stack.raw", usage(all));
    }
  }

  private double speed(Stack stack, int workers) throws IOException, InterruptedException {
    stack.compose("up", "-d", "--scale", "worker=" + workers);
    try (Redis redis = Redis.awaitMining(stack)) {
      Thread.sleep(SETTLE);
      return redis.speed(length.dividedBy(5));
    }
  }

  private static double cpuSeconds(List<Cgroup> cgroups) throws IOException {
    double sum = 0;
    for (Cgroup cgroup : cgroups) {
      sum += cgroup.cpuSeconds();
    }
    return sum;
  }

  private static double used(List<Cgroup> cgroups) throws IOException {
    double sum = 0;
    for (Cgroup cgroup : cgroups) {
      sum += cgroup.used() / MIB;
    }
    return sum;
  }

  private static double usage(List<Cgroup> cgroups) throws IOException {
    double sum = 0;
    for (Cgroup cgroup : cgroups) {
      sum += cgroup.usage() / MIB;
    }
    return sum;
  }
}
