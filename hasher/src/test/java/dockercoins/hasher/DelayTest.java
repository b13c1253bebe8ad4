package dockercoins.hasher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Simulates a server that needs some time for each answer. All times are in milliseconds. */
class DelayTest {

  private static final double MS = 1e6;

  private long now;
  private final Delay delay = new Delay(100, () -> now);

  @ParameterizedTest
  @CsvSource({"1, 0.5", "1, 1", "33, 1", "1000, 5", "1, 25", "33, 25"})
  void answersAfterTheDelayHoweverManyClientsAndHoweverSlowTheServer(int clients, double needed) {
    double answered = 0;
    for (int round = 0; round < 200; round++) {
      answered = answer(clients, needed);
      assertThat(answered).isGreaterThan(99.9);
    }
    assertThat(answered).isLessThan(100.1);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 5_000, 3_600_000})
  void aSlowClientHardlyShortensTheNextDelay(int late) {
    answer(1, late);
    assertThat(answer(1, 0)).isBetween(99.4, 100.0);
  }

  @Test
  void slowClientsAmongOthersHardlyShortenTheDelay() {
    for (int i = 0; i < 100; i++) {
      answer(1, 5_000);
      assertThat(answer(1, 0)).isGreaterThan(98.9);
    }
  }

  @Test
  void forgetsSoonThatTheServerWasSlow() {
    for (int i = 0; i < 200; i++) {
      answer(1, 25);
    }
    for (int i = 0; i < 5; i++) {
      answer(1, 0);
    }
    assertThat(answer(1, 0)).isGreaterThan(99);
  }

  /**
   * Answers clients that arrive together.
   *
   * @return how long the answers took
   */
  private double answer(int clients, double needed) {
    long start = now;
    now += Math.max(0, delay.remaining(start)) + (long) (needed * MS);
    for (int i = 0; i < clients; i++) {
      delay.learn(start);
    }
    return (now - start) / MS;
  }
}
