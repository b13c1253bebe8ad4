package dockercoins.labs.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

  public static Accounts stored(RedisCli redis) throws IOException {
    return new Accounts(redis.hashes(), redis.coins());
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
