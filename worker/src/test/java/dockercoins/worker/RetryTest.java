package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryTest {

  private final List<String> log = new ArrayList<>();
  private final FakeTime time = new FakeTime();
  private boolean stopping;
  private final Retry redis = new Retry("redis:6379", () -> stopping, time, log::add);

  @ParameterizedTest
  @CsvSource({
    "0, 0, 50, 100",
    "1, 75, 100, 200",
    "3, 1000, 400, 800",
    "4, 2000, 500, 1000",
    "30, 20000, 500, 1000",
    "60, 100000, 2500, 5000",
    "1000, 86400000, 5000, 10000"
  })
  void theBackOffGrowsFrom100MsTo10SButNoFasterThanTheOutage(
      int failures, long awayMs, long min, long max) {
    for (int i = 0; i < 1000; i++) {
      assertThat(Retry.backOff(failures, Duration.ofMillis(awayMs)).toMillis()).isBetween(min, max);
    }
  }

  @Test
  void theEndOfAnOutageIsNoticedWithinATwentiethOfIt() throws InterruptedException {
    String result =
        redis.retry(
            () -> {
              if (time.ms() < 100_000) {
                throw new IOException("Connection refused");
              }
              return "back";
            });

    assertThat(result).isEqualTo("back");
    assertThat(time.ms()).isBetween(100_000L, 105_500L);
    assertThat(log).hasSizeBetween(40, 100);
  }

  @Test
  void anAttemptThatTookLongIsFollowedByAnotherAtOnce() throws InterruptedException {
    redis.retry(
        () -> {
          if (time.ms() == 0) {
            time.pass(Duration.ofMillis(1500));
            throw new IOException("gone");
          }
          return null;
        });

    assertThat(log).containsExactly("redis:6379 failed (gone), trying again in 0.0 s");
    assertThat(time.sleeps).containsExactly(Duration.ZERO);
  }

  @Test
  void aFailureAfterAStopIsNotRetried() {
    stopping = true;

    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(
            () ->
                redis.retry(
                    () -> {
                      throw new IOException("Canceled");
                    }));
    assertThat(log).isEmpty();
  }
}
