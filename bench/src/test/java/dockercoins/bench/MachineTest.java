package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {

  @TempDir Path folder;

  @Test
  void waitingForDisksIsIdleAndStolenTimeIsBusy() {
    var before = Machine.Ticks.parse("cpu  100 0 50 800 40 0 5 5 7 0\ncpu0 1 1 1 1 1 1 1 1 0 0");
    var after = Machine.Ticks.parse("cpu  110 0 55 880 40 0 5 10 9 0\n");

    assertThat(before).isEqualTo(new Machine.Ticks(160, 5, 1000));
    assertThat(after.busySince(before)).isEqualTo(0.2);
    assertThat(after.stolenSince(before)).isEqualTo(0.05);
    assertThat(before.busySince(before)).isZero();
  }

  @Test
  void allThatIsMissingIsSaidAtOnce() throws IOException {
    assertThatThrownBy(() -> Machine.check("Linux", folder.toString()))
        .hasMessage(
            "Missing: ab, docker, wrk. Debian has them in the packages"
                + " apache2-utils, docker.io and docker-compose, wrk.");

    for (String command : new String[] {"docker", "wrk", "ab"}) {
      assertThat(Files.createFile(folder.resolve(command)).toFile().setExecutable(true)).isTrue();
    }
    assertThatCode(() -> Machine.check("Linux", "/nowhere:" + folder)).doesNotThrowAnyException();
  }

  @Test
  void otherSystemsAreRefused() {
    assertThatThrownBy(() -> Machine.check("Mac OS X", ""))
        .hasMessageStartingWith("Mac OS X: only Linux lets one talk to containers directly.");
  }
}
