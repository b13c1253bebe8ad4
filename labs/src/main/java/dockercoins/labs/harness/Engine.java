package dockercoins.labs.harness;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.MemoryStatsConfig;
import com.github.dockerjava.api.model.Statistics;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;

/** The API of the engine, which answers much faster than the docker command starts. */
public final class Engine {

  private static final double MIB = 1 << 20;

  public static final DockerClient API = DockerClientFactory.lazyClient();

  private Engine() {}

  /**
   * The network of a container that is in one network: its name, and the container's place in it.
   */
  public static Map.Entry<String, ContainerNetwork> network(String container) {
    return API.inspectContainerCmd(container)
        .exec()
        .getNetworkSettings()
        .getNetworks()
        .entrySet()
        .iterator()
        .next();
  }

  /**
   * What a container uses.
   *
   * @param memory in MiB, as {@code docker stats} counts: without inactive files of the page cache
   * @param rawMemory in MiB, with these files
   * @param cpuSeconds the processor time since its start
   * @param time when this was read
   */
  public record Usage(double memory, double rawMemory, double cpuSeconds, Instant time) {

    /** The processors that the container kept busy since then, on average. */
    public double cpuSince(Usage before) {
      double seconds = Duration.between(before.time, time).toNanos() / 1e9;
      return (cpuSeconds - before.cpuSeconds) / seconds;
    }

    private static Usage of(Statistics statistics) {
      MemoryStatsConfig memory = statistics.getMemoryStats();
      Long version1 = memory.getStats().getTotalInactiveFile(); // of control groups
      long inactive = version1 != null ? version1 : memory.getStats().getInactiveFile();
      return new Usage(
          (memory.getUsage() - inactive) / MIB,
          memory.getUsage() / MIB,
          statistics.getCpuStats().getCpuUsage().getTotalUsage() / 1e9,
          Instant.parse(statistics.getRead()));
    }
  }

  private static final class Answer extends ResultCallback.Adapter<Statistics> {
    private volatile Statistics statistics;

    @Override
    public void onNext(Statistics statistics) {
      this.statistics = statistics;
    }
  }

  /** Asks for all containers at once, because the engine takes a second for each answer. */
  public static Map<String, Usage> usage(List<String> containers) throws InterruptedException {
    Map<String, Answer> answers = new HashMap<>();
    for (String id : containers) {
      answers.put(id, API.statsCmd(id).withNoStream(true).exec(new Answer()));
    }
    Map<String, Usage> usage = new HashMap<>();
    for (var answer : answers.entrySet()) {
      answer.getValue().awaitCompletion();
      usage.put(answer.getKey(), Usage.of(answer.getValue().statistics));
    }
    return usage;
  }
}
