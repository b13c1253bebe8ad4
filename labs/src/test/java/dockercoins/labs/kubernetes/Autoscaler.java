package dockercoins.labs.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Queues;
import dockercoins.labs.harness.Queues.Policy;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The component autoscale in a namespace of its own, and how many rng there are at each moment. It
 * needs KEDA in the cluster.
 */
final class Autoscaler implements AutoCloseable {

  private static final double WORKERS_PER_RNG = 3.5; // as in k8s/autoscale
  private static final int INTERVAL_S = 5;
  private static final int SETTLED_S = 180;

  /** How long the number must stay the same. {@code -Dstill.seconds=180} changes it. */
  private static final int STILL_S = Integer.getInteger("still.seconds", 600);

  /**
   * What was seen at one moment.
   *
   * @param seconds since the workers started
   * @param rngs that are ready
   */
  private record Sample(double seconds, int rngs, long hashes) {

    double speedUntil(Sample later) {
      return (later.hashes - hashes) / (later.seconds - seconds);
    }
  }

  private final int workers;
  private final Application application;
  private final RedisCli redis;
  private final List<Sample> samples = new ArrayList<>();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final long start;

  /** Starts the workers, and begins to watch. */
  Autoscaler(Cluster cluster, String namespace, int workers)
      throws IOException, InterruptedException {
    this.workers = workers;
    application = new Application(cluster, namespace, "ambassador", "autoscale", "monitoring");
    redis = application.redis();
    application.kubectl("wait", "--for=condition=Ready", "scaledobject/rng", "--timeout=2m");
    start = System.nanoTime();
    application.kubectl("scale", "deployment/worker", "--replicas=" + workers);
    timer.scheduleAtFixedRate(this::sample, 0, INTERVAL_S, TimeUnit.SECONDS);
  }

  private void sample() {
    try {
      String ready =
          application.kubectl("get", "deployment/rng", "-ojsonpath={.status.readyReplicas}");
      int rngs = ready.isEmpty() ? 0 : Integer.parseInt(ready);
      long hashes = redis.hashes();
      synchronized (samples) {
        samples.add(new Sample((System.nanoTime() - start) / 1e9, rngs, hashes));
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e); // ends the samples, so the test waits in vain and fails
    }
  }

  private List<Sample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  /** Checks that rng is scaled to the right number, and stays there. Waits until it knows. */
  void checkSettles(Report report) throws IOException {
    int rngs = (int) Math.ceil(workers / WORKERS_PER_RNG);
    double expected = Queues.speed(workers, rngs, Policy.FEWEST_CONNECTIONS);
    await()
        .atMost(Duration.ofSeconds(SETTLED_S + STILL_S + 60))
        .until(() -> !samples().isEmpty() && samples().getLast().seconds >= SETTLED_S + STILL_S);
    List<Sample> samples = samples();
    draw(samples, report);

    Sample enough =
        samples.stream().filter(sample -> sample.rngs >= rngs).findFirst().orElseThrow();
    report.add(
        "seconds until %d workers have %d rng from the autoscaler".formatted(workers, rngs),
        "under " + SETTLED_S,
        "%.0f".formatted(enough.seconds));
    assertThat(enough.seconds).isLessThan(SETTLED_S);

    assertThat(samples)
        .filteredOn(sample -> sample.seconds >= SETTLED_S)
        .allMatch(sample -> sample.rngs == rngs);

    timer.close(); // it uses redis, too
    double speed = redis.speed(expected, Duration.ofSeconds(15));
    report.add("speed of %d workers with them".formatted(workers), expected, speed, "hashes/s");
    assertThat(speed).isCloseTo(expected, withinPercentage(2));
  }

  private void draw(List<Sample> samples, Report report) {
    var rngs = new TreeMap<Double, Double>();
    var speeds = new TreeMap<Double, Double>();
    for (int i = 0; i < samples.size(); i++) {
      Sample sample = samples.get(i);
      rngs.put(sample.seconds, (double) sample.rngs);
      if (i >= 2) { // in one interval, a worker counts three times or four
        speeds.put(sample.seconds, samples.get(i - 2).speedUntil(sample));
      }
    }
    report.addCourse("rng that the autoscaler runs for %d workers".formatted(workers), rngs);
    report.addCourse("speed of these workers, in hashes/s", speeds);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    timer.shutdownNow();
    redis.close();
    application.close();
  }
}
