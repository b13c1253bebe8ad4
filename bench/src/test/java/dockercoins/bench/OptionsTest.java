package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class OptionsTest {

  private static final Figure RAW = Figure.less("memory.rng.raw", "MiB", "");
  private static final Figure TEN = Figure.more("speed.10", "hashes/s", "");

  private static Options parse(String arguments) {
    return CommandLine.populateCommand(new Options(), arguments.split(" "));
  }

  @Test
  void parsesFilesAndFigures() {
    Options options = parse("a.yml --against b.yml --only start,memory.rng,speed.1");

    assertThat(options.files())
        .containsEntry("A", Path.of("a.yml").toAbsolutePath())
        .containsEntry("B", Path.of("b.yml").toAbsolutePath());
    assertThat(options.wants(RAW)).isTrue();
    assertThat(options.wants(TEN)).isFalse();
    assertThat(parse("a.yml").wants(TEN)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "pom.xml --mine 0, mine and --load take numbers above 0.",
    "pom.xml --against nowhere.yml, nowhere.yml: no such file. Give a Compose file.",
    "pom.xml --only speed.1, --only speed.1: no such figure. They are",
  })
  void refusesInvalidValues(String arguments, String message) {
    assertThatThrownBy(() -> parse(arguments).check(List.of(RAW, TEN)))
        .hasMessageContaining(message);
  }
}
