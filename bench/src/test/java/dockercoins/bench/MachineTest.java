package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MachineTest {

  @Test
  void waitingForDisksIsIdleAndStolenTimeIsBusy() {
    var before = Machine.Ticks.parse("cpu  100 0 50 800 40 0 5 5 7 0\ncpu0 1 1 1 1 1 1 1 1 0 0");
    var after = Machine.Ticks.parse("cpu  110 0 55 880 40 0 5 10 9 0\n");

    assertThat(after.busySince(before)).isCloseTo(0.2, within(1e-9));
    assertThat(after.stolenSince(before)).isCloseTo(0.05, within(1e-9));
  }
}
