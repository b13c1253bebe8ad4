package dockercoins.bench;

import java.util.List;

/** Of at least one value. */
record Statistics(double min, double median, double max) {

  static Statistics of(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int size = sorted.size();
    return new Statistics(
        sorted.getFirst(),
        (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2,
        sorted.getLast());
  }

  /** The slope of the line that fits best, of at least two points. */
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

  static double mean(List<Double> values) {
    return values.stream().mapToDouble(value -> value).average().orElseThrow();
  }
}
