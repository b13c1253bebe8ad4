package dockercoins.labs.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  @Test
  void theMedianOfAnOddNumberOfValuesIsTheMiddleOne() {
    assertThat(Statistics.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Statistics(3, 1, 4, 9));
  }

  @Test
  void theMedianOfAnEvenNumberOfValuesIsTheMeanOfTheMiddleTwo() {
    assertThat(Statistics.of(List.of(9.0, 1.0, 4.0, 5.0))).isEqualTo(new Statistics(4, 1, 4.5, 9));
  }

  @Test
  void theSlopeOfPointsOnALineIsThatOfTheLine() {
    assertThat(Statistics.slope(List.of(1.0, 2.0, 4.0), List.of(7.0, 10.0, 16.0)))
        .isCloseTo(3, within(1e-9));
  }
}
