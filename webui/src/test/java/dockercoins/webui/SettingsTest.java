package dockercoins.webui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URI;
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

  @ParameterizedTest
  @CsvSource({
    "PORT, http, a whole number from 0 to 65535",
    "PORT, -1, a whole number from 0 to 65535",
    "REDIS_URL, redis, a URL like redis://host:6379",
    "REDIS_URL, http://redis:6379, a URL like redis://host:6379",
    "REDIS_URL, redis://redis:6379/x, a URL like redis://host:6379",
    "REDIS_URL, redis://redis, a URL like redis://host:6379",
    "FILES, /no/such/folder, the folder that holds index.html"
  })
  void refusesValuesThatMakeNoSense(String name, String value, String expected) {
    Map<String, String> environment = new HashMap<>(Map.of("FILES", files.toString()));
    environment.put(name, value);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(environment))
        .withMessage("%s is \"%s\": set it to %s", name, value, expected);
  }
}
