package dockercoins.labs.harness;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.MemoryStatsConfig;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.InvocationBuilder.AsyncResultCallback;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The API of the engine, which answers much faster than the docker command starts. */
public final class Engine {

  private static final double MIB = 1 << 20;

  public static final DockerClient API = connect();

  private Engine() {}

  private static DockerClient connect() {
    var config = DefaultDockerClientConfig.createDefaultConfigBuilder().build();
    return DockerClientImpl.getInstance(
        config, new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build());
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

  /** Asks for all containers at once, because the engine takes a second for each answer. */
  public static Map<String, Usage> usage(List<String> containers) {
    Map<String, AsyncResultCallback<Statistics>> answers = new HashMap<>();
    for (String id : containers) {
      var answer = new AsyncResultCallback<Statistics>();
      answers.put(id, API.statsCmd(id).withNoStream(true).exec(answer));
    }
    Map<String, Usage> usage = new HashMap<>();
    answers.forEach((id, answer) -> usage.put(id, Usage.of(answer.awaitResult())));
    return usage;
  }
}
