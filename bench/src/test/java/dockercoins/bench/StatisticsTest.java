package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  @Test
  void theMedianOfAnOddNumberOfValuesIsTheOneInTheMiddle() {
    assertThat(Statistics.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Statistics(1, 4, 9));
  }

  @Test
  void theMedianOfAnEvenNumberOfValuesIsBetweenTheTwoInTheMiddle() {
    assertThat(Statistics.of(List.of(9.0, 1.0, 4.0, 5.0))).isEqualTo(new Statistics(1, 4.5, 9));
  }

  @Test
  void ofOneValueAllAreThatValue() {
    assertThat(Statistics.of(List.of(3.0))).isEqualTo(new Statistics(3, 3, 3));
  }

  @Test
  void theSlopeIsThatOfTheLine() {
    assertThat(Statistics.slope(List.of(1.0, 2.0, 4.0), List.of(7.0, 10.0, 16.0)))
        .isCloseTo(3, within(1e-9));
  }
}
