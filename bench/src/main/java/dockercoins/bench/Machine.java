package dockercoins.bench;

import com.github.dockerjava.api.model.Info;
import dockercoins.labs.harness.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The machine that everything runs on, and whether other programs or machines keep it busy. */
final class Machine {

  private static final Path STAT = Path.of("/proc/stat"); // Linux only
  private static final double BUSY = 0.10;
  private static final double STOLEN = 0.02;

  /** Ticks of all processors since boot. Waiting for disks counts as idle. */
  record Ticks(long idle, long stolen, long all) {

    static Ticks now() throws IOException {
      return Files.exists(STAT) ? parse(Files.readString(STAT)) : new Ticks(0, 0, 0);
    }

    static Ticks parse(String stat) { // cpu user nice system idle iowait irq softirq steal ...
      String[] fields = stat.lines().findFirst().orElseThrow().split(" +");
      long[] ticks = Stream.of(fields).skip(1).limit(8).mapToLong(Long::parseLong).toArray();
      return new Ticks(ticks[3] + ticks[4], ticks[7], LongStream.of(ticks).sum());
    }

    double busySince(Ticks before) {
      return 1 - (idle - before.idle) / allSince(before);
    }

    double stolenSince(Ticks before) {
      return (stolen - before.stolen) / allSince(before);
    }

    private double allSince(Ticks before) {
      return all - before.all; // 0 without /proc/stat, and then no share is above a limit
    }
  }

  /** Waits up to ten seconds until the machine is idle, and otherwise doubts the run. */
  static void awaitIdle(Run run) throws IOException, InterruptedException {
    double busy = 1;
    for (int i = 0; i < 10 && busy > BUSY; i++) {
      Ticks before = Ticks.now();
      Thread.sleep(1000);
      busy = Ticks.now().busySince(before);
    }
    if (busy > BUSY) {
      run.doubt("began while other programs kept the machine busy (%.0f %%)", 100 * busy);
    }
  }

  static void checkStolen(Ticks before, Run run) throws IOException {
    double stolen = Ticks.now().stolenSince(before);
    if (stolen > STOLEN) {
      run.doubt("lost processor time to other virtual machines (%.0f %%)", 100 * stolen);
    }
  }

  /** Processor time of the engine and its helpers outside of containers. */
  static double engineCpuSeconds() {
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::info)
        .filter(info -> info.command().orElse("").matches(".*/(dockerd|docker-proxy|containerd.*)"))
        .flatMap(info -> info.totalCpuDuration().stream())
        .mapToDouble(duration -> duration.toNanos() / 1e9)
        .sum();
  }

  static String describe() {
    Info info = Engine.API.infoCmd().exec();
    return "%d cores, %d MiB, kernel %s, engine %s"
        .formatted(
            info.getNCPU(),
            info.getMemTotal() / (1 << 20),
            info.getKernelVersion(),
            info.getServerVersion());
  }
}
