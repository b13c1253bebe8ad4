package dockercoins.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;

/** The machine all this runs on, and whether it has time for it. */
final class Machine {

  private static final double BUSY = 0.10;
  private static final double STOLEN = 0.02;
  private static final int ATTEMPTS = 10;

  private Machine() {}

  /** Ticks of all processors since boot: waiting for disks is idle. */
  record Ticks(long busy, long stolen, long all) {

    static Ticks now() throws IOException {
      return parse(Files.readString(Path.of("/proc/stat")));
    }

    static Ticks parse(String stat) { // cpu user nice system idle iowait irq softirq steal ...
      String[] fields = stat.lines().findFirst().orElseThrow().split(" +");
      long all = 0;
      for (int i = 1; i <= 8; i++) {
        all += Long.parseLong(fields[i]);
      }
      long idle = Long.parseLong(fields[4]) + Long.parseLong(fields[5]);
      return new Ticks(all - idle, Long.parseLong(fields[8]), all);
    }

    double busySince(Ticks before) {
      return share(busy - before.busy, before);
    }

    double stolenSince(Ticks before) {
      return share(stolen - before.stolen, before);
    }

    private double share(long ticks, Ticks before) {
      return ticks / (double) Math.max(1, all - before.all);
    }
  }

  /** Waits until it is idle, and not for ever; then doubts the run. */
  static void awaitIdle(Run run) throws IOException, InterruptedException {
    double busy = 1;
    for (int i = 0; i < ATTEMPTS && busy > BUSY; i++) {
      Ticks before = Ticks.now();
      Thread.sleep(1000);
      busy = Ticks.now().busySince(before);
    }
    if (busy > BUSY) {
      run.doubt("began while others kept the machine busy", percent(busy));
    }
  }

  static void checkStolen(Ticks before, Run run) throws IOException {
    double stolen = Ticks.now().stolenSince(before);
    if (stolen > STOLEN) {
      run.doubt("had processor time stolen by other virtual machines", percent(stolen));
    }
  }

  /** Says all that is missing at once. */
  static void check(String system, String path) {
    if (!system.equals("Linux")) {
      throw new IllegalArgumentException(
          "%s: only Linux lets one talk to containers directly. Measure in a virtual machine."
              .formatted(system));
    }
    Map<String, String> packages =
        new TreeMap<>(
            Map.of("docker", "docker.io and docker-compose", "wrk", "wrk", "ab", "apache2-utils"));
    packages.keySet().removeIf(command -> isOn(path, command));
    if (!packages.isEmpty()) {
      throw new IllegalArgumentException(
          "Missing: %s. Debian has them in the packages %s."
              .formatted(
                  String.join(", ", packages.keySet()), String.join(", ", packages.values())));
    }
  }

  private static boolean isOn(String path, String command) {
    for (String folder : path.split(":")) {
      if (Files.isExecutable(Path.of(folder, command))) {
        return true;
      }
    }
    return false;
  }

  /** Processor time of the engine and of what it starts beside containers. */
  static double engineCpuSeconds() {
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                process
                    .info()
                    .command()
                    .filter(command -> command.matches(".*/(dockerd|docker-proxy|containerd.*)"))
                    .isPresent())
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .mapToDouble(duration -> duration.toNanos() / 1e9)
        .sum();
  }

  static Map<String, String> describe() throws IOException {
    String memory = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\D", "");
    Map<String, String> machine = new TreeMap<>();
    machine.put("cores", "" + Runtime.getRuntime().availableProcessors());
    machine.put("memory", Long.parseLong(memory) / 1024 + " MiB");
    machine.put("kernel", Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
    machine.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    machine.put("engine", Engine.version());
    return machine;
  }

  private static String percent(double share) {
    return "%.0f %%".formatted(100 * share);
  }
}
