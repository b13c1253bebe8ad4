package dockercoins.webui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  @TempDir Path files;

  @Test
  void hasTheDefaultsOfTheWorkshop() throws IOException {
    assertThat(Settings.of(Map.of("FILES", files.toString())))
        .isEqualTo(new Settings(80, URI.create("redis://redis:6379"), files.toRealPath(), false));
  }

  @Test
  void readsTheAddressOfRedis() throws IOException {
    Path password = Files.writeString(files.resolve("password"), "s3 cret\n");
    var environment =
        Map.of(
            "FILES", files.toString(),
            "REDIS_URL", "rediss://user@dc_redis/2",
            "REDIS_PASSWORD_FILE", password.toString());

    URI url = Settings.of(environment).redisUrl();
    assertThat(url).hasToString("rediss://user:s3%20cret@dc_redis:6379/2");
    assertThat(Redis.name(url)).isEqualTo("dc_redis:6379");
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, http, a whole number from 0 to 65535",
    "PORT, -1, a whole number from 0 to 65535",
    "REDIS_URL, redis, a URL like redis://host:6379",
    "REDIS_URL, http://redis:6379, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:6379/x, a URL like redis://host:6379",
    "REDIS_URL, redis://user:s3cret@redis:0, a URL like redis://host:6379",
    "REDIS_PASSWORD_FILE, /no/such/file, the path of a readable file that holds the password",
    "FILES, /no/such/folder, the folder that holds index.html"
  })
  void refusesValuesThatMakeNoSense(String name, String value, String expected) {
    Map<String, String> environment = new HashMap<>(Map.of("FILES", files.toString()));
    environment.put(name, value);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(environment))
        .withMessage(
            "%s is \"%s\": set it to %s", name, value.replace("user:s3cret", "..."), expected);
  }
}
