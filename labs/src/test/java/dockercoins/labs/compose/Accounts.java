package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.util.regex.Pattern;

/** Units of work and coins: those that workers have logged, or those that Redis has. */
record Accounts(long units, long coins) {

  private static final Pattern UNITS = Pattern.compile("(\\d+) units of work done");

  static Accounts logged(Stack... stacks) throws IOException, InterruptedException {
    long units = 0;
    long coins = 0;
    for (Stack stack : stacks) {
      String log = stack.compose("logs", "worker");
      units +=
          UNITS.matcher(log).results().mapToLong(match -> Long.parseLong(match.group(1))).sum();
      coins += log.lines().filter(line -> line.contains("Coin found")).count();
    }
    return new Accounts(units, coins);
  }

  static Accounts stored(RedisCli redis) throws IOException {
    return new Accounts(redis.hashes(), redis.coins());
  }

  /** Stops the workers of a stack, so that they store everything. */
  static void assertNothingIsLost(Stack stack, Report report)
      throws IOException, InterruptedException {
    try (RedisCli redis = stack.redis()) {
      assertNothingIsLost(redis, report, stack);
    }
  }

  /** Stops the workers of the stacks, which share one Redis. */
  static void assertNothingIsLost(RedisCli redis, Report report, Stack... stacks)
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
