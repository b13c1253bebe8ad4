package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

  @TempDir Path folder;
  private Path ours;
  private Path other;

  @BeforeEach
  void writeFiles() throws IOException {
    ours = Files.writeString(folder.resolve("ours.yml"), "");
    other = Files.writeString(folder.resolve("other.yml"), "");
  }

  @Test
  void withoutArgumentsTheDefaultFileIsMeasuredFiveTimes() {
    Options options = Options.parse(ours);

    assertThat(options.files()).containsOnlyKeys("A").containsValue(ours);
    assertThat(options.runs()).isEqualTo(5);
    assertThat(options.mine()).isEqualTo(Duration.ofMinutes(5));
    assertThat(options.load()).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void argumentsReplaceTheDefaults() {
    Options options =
        Options.parse(
            ours,
            "--runs",
            "2",
            "--against",
            "" + ours,
            "--only",
            "a,b",
            "--mine",
            "10",
            "--load",
            "3",
            "" + other);

    assertThat(options.files()).containsEntry("A", other).containsEntry("B", ours);
    assertThat(options.runs()).isEqualTo(2);
    assertThat(options.only()).containsExactly("a", "b");
    assertThat(options.mine()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.load()).isEqualTo(Duration.ofSeconds(3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "many", "1.5", "100000", ""})
  void numbersAreNumbers(String value) {
    assertThatThrownBy(() -> Options.parse(ours, "--runs", value))
        .hasMessage("--runs %s: give a whole number from 1 to 99999.", value);
  }

  @Test
  void aMissingValueIsNamed() {
    assertThatThrownBy(() -> Options.parse(ours, "--mine"))
        .hasMessageStartingWith("--mine: its value is missing. The options are:");
  }

  @Test
  void anUnknownOptionIsNamed() {
    assertThatThrownBy(() -> Options.parse(ours, "--fast"))
        .hasMessageStartingWith("--fast: no such option. The options are:");
  }

  @Test
  void aSecondFileIsRefused() {
    assertThatThrownBy(() -> Options.parse(ours, "" + ours, "" + other))
        .hasMessage("%s and %s: two files. The second goes behind --against.", ours, other);
  }

  @Test
  void aFileHasToBeThere() {
    assertThatThrownBy(() -> Options.parse(ours, "--against", "/nowhere.yml"))
        .hasMessage("--against /nowhere.yml: no such file. Give the path of a Compose file.");
    assertThatThrownBy(() -> Options.parse(ours, folder.toString()))
        .hasMessageStartingWith("COMPOSE-FILE " + folder + ": no such file.");
  }

  @Test
  void figuresAreWantedByNameOrByGroup() {
    Figure start = Figure.less("start.rng", "s", "");
    Figure raw = Figure.less("memory.rng.raw", "MiB", "");
    Figure ten = Figure.more("speed.10", "hashes/s", "");
    Options options = Options.parse(ours, "--only", "start,memory.rng,speed.1");

    assertThat(options.wants(start)).isTrue();
    assertThat(options.wants(raw)).isTrue();
    assertThat(options.wants(ten)).isFalse();
    assertThat(Options.parse(ours).wants(ten)).isTrue();
    assertThatThrownBy(() -> options.check(List.of(start, raw, ten)))
        .hasMessage(
            "--only speed.1: no such figure. They are start.rng, memory.rng.raw, speed.10.");
  }
}
