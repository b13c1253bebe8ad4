package dockercoins.labs.harness;

import java.util.List;

/** The count, minimum, median and maximum of at least one value. */
public record Statistics(int count, double min, double median, double max) {

  public static Statistics of(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int size = sorted.size();
    return new Statistics(
        size,
        sorted.getFirst(),
        (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2,
        sorted.getLast());
  }

  public static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** The slope of the regression line through at least two points. */
  static double slope(List<Double> x, List<Double> y) {
    double meanX = mean(x);
    double meanY = mean(y);
    double xy = 0;
    double xx = 0;
    for (int i = 0; i < x.size(); i++) {
      xy += (x.get(i) - meanX) * (y.get(i) - meanY);
      xx += (x.get(i) - meanX) * (x.get(i) - meanX);
    }
    return xy / xx;
  }
}
