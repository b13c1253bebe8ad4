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

  private static final Figure START = Figure.less("start.rng", "s", "");
  private static final Figure RAW = Figure.less("memory.rng.raw", "MiB", "");
  private static final Figure TEN = Figure.more("speed.10", "hashes/s", "");

  private static Options parse(String arguments) {
    return CommandLine.populateCommand(new Options(), arguments.split(" "));
  }

  @Test
  void parsesAllOptions() {
    Options options =
        parse("a.yml --against b.yml --runs 2 --only start,load.rng --mine 10 --load 3");

    assertThat(options.files())
        .containsEntry("A", Path.of("a.yml").toAbsolutePath())
        .containsEntry("B", Path.of("b.yml").toAbsolutePath());
    assertThat(List.of(options.runs, options.mine, options.load)).containsExactly(2, 10, 3);
    assertThat(options.only).containsExactly("start", "load.rng");
  }

  @Test
  void selectsFiguresByNameOrGroup() {
    Options options = parse("pom.xml --only start,memory.rng,speed.1");

    assertThat(options.wants(START)).isTrue();
    assertThat(options.wants(RAW)).isTrue();
    assertThat(options.wants(TEN)).isFalse();
    assertThat(parse("pom.xml").wants(TEN)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "pom.xml --mine 0, Give numbers above 0.",
    "nowhere.yml, nowhere.yml: no such file. Give a Compose file.",
    "pom.xml --against nowhere.yml, nowhere.yml: no such file. Give a Compose file.",
    "pom.xml --only speed.1, --only speed.1: no such figure. They are",
  })
  void refusesInvalidValues(String arguments, String message) {
    assertThatThrownBy(() -> parse(arguments).check(List.of(START, RAW, TEN)))
        .hasMessageContaining(message);
  }
}
