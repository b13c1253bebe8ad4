package dockercoins.labs.harness;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A redis-cli in the container of Redis. It reads the counters without any code of ours. */
public final class RedisCli implements AutoCloseable {

  private final Session session;

  /** Waits until Redis answers, because it refuses commands while it loads its data. */
  public RedisCli(String container) throws IOException {
    this(Map.of(), "docker", "exec", "-i", container);
  }

  /**
   * Waits like the other constructor.
   *
   * @param environment the environment of the command, as in {@code DOCKER_HOST}
   * @param exec a command that runs another command where Redis runs
   */
  public RedisCli(Map<String, String> environment, String... exec) throws IOException {
    List<String> command = new ArrayList<>(List.of(exec));
    command.add("redis-cli");
    List<String> ping = new ArrayList<>(command);
    ping.add("ping");
    await()
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> Shell.run(environment, ping).equals("PONG"));
    session = new Session(environment, command);
  }

  /** {@code hashes}, or 0 if it is absent. */
  public long hashes() throws IOException {
    return number("GET hashes");
  }

  /** The number of coins in {@code wallet}. */
  public long coins() throws IOException {
    return number("HLEN wallet");
  }

  private long number(String command) throws IOException {
    String reply = session.ask(command);
    return reply.isEmpty() ? 0 : Long.parseLong(reply);
  }

  /** Waits for this many more hashes, and returns how long that took, in seconds. */
  public double awaitMining(int hashes) throws IOException {
    long start = System.nanoTime();
    long before = hashes();
    await().atMost(Duration.ofMinutes(1)).until(this::hashes, now -> now >= before + hashes);
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * Measures hashes a second. Measures up to three times until the result is as expected, because
   * other programs may keep the machine busy.
   */
  public double speed(double expected, Duration window) throws IOException {
    double speed = speed(window);
    for (int windows = 1; windows < 3 && Math.abs(speed / expected - 1) > 0.015; windows++) {
      System.out.printf("%.3f hashes/s, ideal %.3f: measuring again%n", speed, expected);
      speed = speed(window);
    }
    return speed;
  }

  /** The slope of the regression line through the changes of {@code hashes}, in hashes a second. */
  public double speed(Duration window) throws IOException {
    List<Double> seconds = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    long end = System.nanoTime() + window.toNanos();
    while (System.nanoTime() < end) {
      long before = hashes();
      long after =
          await()
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(5))
              .until(this::hashes, hashes -> hashes != before);
      seconds.add(System.nanoTime() / 1e9);
      counts.add((double) after);
    }
    return Statistics.slope(seconds, counts);
  }

  /** Waits for two seconds with about this speed, and returns after how many they began. */
  public double awaitSpeed(double expected) {
    List<Long> times = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              times.add(System.nanoTime());
              counts.add(hashes());
              int now = times.size() - 1;
              int then = Math.max(0, now - 20);
              double speed =
                  1e9 * (counts.get(now) - counts.get(then)) / (times.get(now) - times.get(then));
              return now >= 20 && Math.abs(speed / expected - 1) < 0.15;
            });
    return (times.get(times.size() - 21) - times.getFirst()) / 1e9;
  }

  @Override
  public void close() {
    session.close();
  }
}
