package dockercoins.labs.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Units of work and coins: those that workers have logged, or those that Redis has. */
public record Accounts(long units, long coins) {

  private static final Pattern UNITS = Pattern.compile("(\\d+) units of work done");

  /** Adds up the lines of the logs of workers. */
  public static Accounts logged(List<String> lines) {
    long units = 0;
    long coins = 0;
    for (String line : lines) {
      Matcher update = UNITS.matcher(line);
      if (update.find()) {
        units += Long.parseLong(update.group(1));
      } else if (line.contains("Coin found")) {
        coins++;
      }
    }
    return new Accounts(units, coins);
  }

  public static Accounts logged(Stack... stacks) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    for (Stack stack : stacks) {
      stack.compose("logs", "worker").lines().forEach(lines::add);
    }
    return logged(lines);
  }

  public Accounts minus(Accounts others) {
    return new Accounts(units - others.units, coins - others.coins);
  }

  /** Checks that the workers that were killed lost at most four units and a coin each. */
  public void checkLost(String fault, int killed, Report report) {
    report.add(
        fault + ": units of work and coins lost",
        killed == 0 ? "0, 0" : "at most %d, %d".formatted(4 * killed, killed),
        "%d, %d".formatted(units, coins));
    assertThat(units).isBetween(0L, 4L * killed);
    assertThat(coins).isBetween(0L, (long) killed);
  }

  public static Accounts stored(RedisCli redis) throws IOException {
    return new Accounts(redis.hashes(), redis.coins());
  }

  /** Whether a line reports a unit of work, which workers do only with {@code DEBUG}. */
  public static boolean isUnit(String line) {
    return line.contains("oin found"); // "Coin found" or "No coin found"
  }

  /** Waits until Redis has each unit and each coin that the workers have logged, once. */
  public static void awaitNothingIsLost(RedisCli redis, Callable<Accounts> logged) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(stored(redis)).isEqualTo(logged.call()));
  }

  /** Stops the workers of a stack, so that they store everything. */
  public static void assertNothingIsLost(Stack stack, Report report)
      throws IOException, InterruptedException {
    try (RedisCli redis = stack.redis()) {
      assertNothingIsLost(redis, report, stack);
    }
  }

  /** Stops the workers of the stacks, which share one Redis. */
  public static void assertNothingIsLost(RedisCli redis, Report report, Stack... stacks)
      throws IOException, InterruptedException {
    for (Stack stack : stacks) {
      stack.compose("stop", "worker");
    }
    Accounts logged = logged(stacks);
    Accounts stored = stored(redis);
    report.add("units of work and coins, in logs and in Redis", "" + logged, "" + stored);
    assertThat(stored).isEqualTo(logged);
  }

  @Override
  public String toString() {
    return units + ", " + coins;
  }
}
