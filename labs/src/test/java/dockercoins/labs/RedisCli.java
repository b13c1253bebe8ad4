package dockercoins.labs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A redis-cli in the container of Redis: nothing of ours is between the counters and the lab. */
final class RedisCli implements AutoCloseable {

  private final Process process;
  private final Writer commands;
  private final BufferedReader replies;

  RedisCli(ProcessBuilder exec) throws IOException {
    List<String> command = new ArrayList<>(exec.command());
    command.add("ping"); // not PONG as long as Redis reads its data
    var ping = new ProcessBuilder(command);
    ping.environment().putAll(exec.environment());
    await().untilAsserted(() -> assertThat(Command.run(ping)).isEqualTo("PONG"));
    process = exec.redirectErrorStream(true).start();
    commands = process.outputWriter();
    replies = process.inputReader();
  }

  /** {@code hashes}, 0 if it is absent. */
  long hashes() {
    return number("GET hashes");
  }

  /** The number of coins in {@code wallet}. */
  long coins() {
    return number("HLEN wallet");
  }

  /** From now until there are so many hashes more, in seconds. */
  double awaitMining(int hashes) {
    long start = System.nanoTime();
    long before = hashes();
    await().atMost(Duration.ofMinutes(1)).until(this::hashes, now -> now >= before + hashes);
    return (System.nanoTime() - start) / 1e9;
  }

  /** Stops the workers of these stacks, and compares what they say they did with what is here. */
  void assertNothingIsLost(Report report, Stack... stacks) throws Exception {
    long units = 0;
    long coins = 0;
    for (Stack stack : stacks) {
      stack.compose("stop", "worker");
      Stack.Logged logged = stack.logged();
      units += logged.units();
      coins += logged.coins();
    }
    report.add(
        "units of work and coins, in logs and in Redis",
        units + ", " + coins,
        hashes() + ", " + coins());
    assertThat(hashes()).as("hashes").isEqualTo(units);
    assertThat(coins()).as("coins").isEqualTo(coins);
  }

  /**
   * Hashes a second. Others may have had the machine: what is not as expected is looked at again.
   */
  double speed(double expected, Duration window) {
    double speed = speed(window);
    if (Math.abs(speed / expected - 1) < 0.015) {
      return speed;
    }
    System.out.printf("%.3f hashes/s in the first window, ideal %.3f%n", speed, expected);
    return speed(window);
  }

  /** The slope of the line that fits the changes of the counter best. */
  private double speed(Duration window) {
    List<Long> times = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    long end = System.nanoTime() + window.toNanos();
    while (System.nanoTime() < end) {
      long before = hashes();
      long after =
          await()
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(5))
              .until(this::hashes, hashes -> hashes != before);
      times.add(System.nanoTime());
      counts.add(after);
    }
    return 1e9 * slope(times, counts);
  }

  /** From now to the beginning of two seconds with about that speed, in seconds. */
  double awaitSpeed(double expected) {
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

  private static double slope(List<Long> x, List<Long> y) {
    double meanX = x.stream().mapToLong(Long::longValue).average().orElseThrow();
    double meanY = y.stream().mapToLong(Long::longValue).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.size(); i++) {
      xy += (x.get(i) - meanX) * (y.get(i) - meanY);
      xx += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    return xy / xx;
  }

  private synchronized long number(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
      String reply = replies.readLine();
      return reply.isEmpty() ? 0 : Long.parseLong(reply);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
