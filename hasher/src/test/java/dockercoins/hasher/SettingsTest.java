package dockercoins.hasher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  @Test
  void hasTheDefaultsOfTheWorkshop() {
    assertThat(Settings.of(Map.of())).isEqualTo(new Settings(80, 100, false));
  }

  @Test
  void readsTheEnvironment() {
    var environment = Map.of("PORT", "8002", "DELAY_MS", "0", "DEBUG", "Yes");

    assertThat(Settings.of(environment)).isEqualTo(new Settings(8002, 0, true));
  }

  @ParameterizedTest
  @CsvSource({"PORT, http", "PORT, 65536", "DELAY_MS, -1", "DELAY_MS, 10001", "DELAY_MS, 0.1"})
  void refusesValuesThatMakeNoSense(String name, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.of(Map.of(name, value)))
        .withMessageStartingWith("%s is \"%s\": set it to a whole number from ", name, value);
  }
}
