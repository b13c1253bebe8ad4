package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    settings = Settings.of(Map.of("HASHER_URL", "http://user:s3cret@[::1]:8002/"));
    assertThat(settings.hasherName()).isEqualTo("http://[::1]:8002");
  }

  @ParameterizedTest
  @CsvSource({
    "RNG_URL, rng, a URL like http://host:80/",
    "RNG_URL, redis://rng, a URL like http://host:80/",
    "RNG_URL, https://rng/, a URL like http://host:80/",
    "HASHER_URL, http://hasher/hash, a URL like http://host:80/",
    "REDIS_URL, redis, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:6379/x, a URL like redis://host:6379",
    "REDIS_URL, redis://, a URL like redis://host:6379",
    "REDIS_URL, redis:6379, a URL like redis://host:6379",
    "REDIS_URL, http://redis:6379, a URL like redis://host:6379",
    "REDIS_URL, unix:/run/redis.sock, a URL like redis://host:6379",
    "REDIS_URL, unix:///run/redis.sock, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:0, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:65536, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:123456, a URL like redis://host:6379",
    "REDIS_URL, redis://redis/-1, a URL like redis://host:6379",
    "REDIS_URL, redis://redis/0/1, a URL like redis://host:6379",
    "REDIS_URL, redis://redis/9999999999, a URL like redis://host:6379",
    "REDIS_URL, redis://redis?db=1, a URL like redis://host:6379",
    "REDIS_URL, redis://a b, a URL like redis://host:6379",
    "REDIS_URL, redis://[redis], a URL like redis://host:6379",
    "REDIS_PASSWORD_FILE, /no/such/file, the path of a readable file that holds the password",
    "REDIS_PASSWORD_FILE, /tmp, the path of a readable file that holds the password",
    "REDIS_PASSWORD_FILE, /dev/null, the path of a readable file that holds the password",
    "DELAY_MS, 0.1, a whole number from 0 to 10000",
    "DELAY_MS, 10001, a whole number from 0 to 10000"
  })
  void refusesAnInvalidValueAndNamesAValidOne(String name, String value, String expected) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of(name, value)))
        .withMessage("%s is \"%s\": set it to %s", name, value, expected);
  }

  @ParameterizedTest
  @CsvSource({
    "REDIS_URL, redis://:s3cret@redis:x, redis://...@redis:...",
    "REDIS_URL, redis://user:s3/cr/s3cret@redis:0, redis://...@redis:0",
    "REDIS_URL, redis://user:s3@s3cret@redis/x, redis://...@redis/x",
    "REDIS_URL, redis://user:s3%cret@redis, redis://...@redis",
    "REDIS_URL, REDIS://:s3cret@redis:x, REDIS://...@redis:...",
    "REDIS_URL, redis:/:s3cret@redis, ...@redis",
    "REDIS_URL, s3cret@redis, ...@redis",
    "REDIS_URL, user:s3cret@redis:6379, ...@redis:6379",
    "REDIS_URL, redis://:s3cret, redis://:...",
    "REDIS_URL, redis://user:s3cret/redis:6379, redis://user:...",
    "REDIS_URL, 'redis://:s3cret\n@redis:x', redis://...@redis:...",
    "RNG_URL, http://user:s3cret@rng/x, http://...@rng/x",
    "HASHER_URL, http://user:s3cret//s3cret@hasher/x, http://...@hasher/x",
    "HASHER_URL, user:s3cret@hasher, ...@hasher"
  })
  void doesNotShowAPassword(String name, String value, String shown) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of(name, value)))
        .withMessageStartingWith("%s is \"%s\": set it to a URL like ", name, shown)
        .withMessageNotContaining("s3");
  }

  @ParameterizedTest
  @CsvSource({
    "redis://redis, redis:6379",
    "redis://redis/, redis:6379",
    "redis://redis/0, redis:6379",
    "redis://redis:6380/2, redis:6380",
    "REDIS://Redis, Redis:6379",
    "rediss://redis.example.com, redis.example.com:6379",
    "redis://dc_redis:6379, dc_redis:6379",
    "redis://:s3cret@dc_redis, dc_redis:6379",
    "redis://user:s3cret@dc_redis:7000/3, dc_redis:7000",
    "redis://s3cret@redis, redis:6379",
    "redis://:s3/?#@:s3 cret@redis, redis:6379",
    "redis://[::1], [::1]:6379",
    "redis://:s3cret@[fe80::1]:7000/1, [fe80::1]:7000"
  })
  void acceptsEveryUrlOfRedisAndShowsOnlyHostAndPort(String value, String name) {
    assertThat(Settings.of(Map.of("REDIS_URL", value)).redisName()).isEqualTo(name);
  }

  @Test
  void thePasswordOfAFileReplacesThatOfTheUrl(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "s3 cret\n");
    var environment =
        Map.of("REDIS_URL", "redis://user:other@redis", "REDIS_PASSWORD_FILE", file.toString());

    assertThat(Settings.of(environment).redisUrl())
        .hasToString("redis://user:s3%20cret@redis:6379");
  }

  @Test
  void doesNotShowAFileThatIsNoText(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("password"), new byte[] {'s', '3', (byte) 0xff});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of("REDIS_PASSWORD_FILE", file.toString())))
        .withMessageStartingWith("REDIS_PASSWORD_FILE is \"%s\": set it to ", file)
        .withMessageNotContaining("s3");
  }
}
