package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  @Test
  void defaultsAreThoseOfTheWorkshop() {
    Settings settings = Settings.of(Map.of("DELAY_MS", "", "REDIS_URL", " "));

    assertThat(settings.rngUrl()).hasToString("http://rng/");
    assertThat(settings.hasherUrl()).hasToString("http://hasher/");
    assertThat(settings.redisUrl()).hasToString("redis://redis:6379");
    assertThat(settings.delayMs()).isEqualTo(100);
    assertThat(settings.debug()).isFalse();
  }

  @Test
  void serviceNamesIncludeThePort() {
    Settings settings = Settings.of(Map.of("HASHER_URL", "http://localhost:8002/"));

    assertThat(settings.rngName()).isEqualTo("http://rng:80");
    assertThat(settings.hasherName()).isEqualTo("http://localhost:8002");
    assertThat(settings.redisName()).isEqualTo("redis:6379");
  }

  @ParameterizedTest
  @CsvSource({
    "RNG_URL, rng, a URL like http://host:80/",
    "RNG_URL, redis://rng, a URL like http://host:80/",
    "RNG_URL, https://rng/, a URL like http://host:80/",
    "HASHER_URL, http://hasher/hash, a URL like http://host:80/",
    "REDIS_URL, redis, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:6379/x, a URL like redis://host:6379",
    "REDIS_URL, redis://redis, a URL like redis://host:6379",
    "DELAY_MS, 0.1, a whole number from 0 to 3600000"
  })
  void refusesAnInvalidValueAndNamesAValidOne(String name, String value, String expected) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of(name, value)))
        .withMessage("%s is \"%s\": set it to %s", name, value, expected);
  }

  @ParameterizedTest
  @CsvSource({"REDIS_URL, redis://:s3cret@redis", "RNG_URL, http://user:s3cret@rng/x"})
  void doesNotShowAPassword(String name, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of(name, value)))
        .withMessageContaining("//...@r")
        .withMessageNotContaining("s3cret");
  }
}
