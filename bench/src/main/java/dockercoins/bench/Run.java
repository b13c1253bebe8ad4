package dockercoins.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One run of a measurement.
 *
 * @param side A or B
 * @param values by the names of the figures
 * @param doubts the reasons not to trust this run, as in "began while the machine was busy"
 */
record Run(
    String measurement, String side, int number, Map<String, Double> values, List<String> doubts) {

  Run(String measurement, String side, int number) {
    this(measurement, side, number, new LinkedHashMap<>(), new ArrayList<>());
  }

  String name() {
    return "%s %s %d".formatted(measurement, side, number);
  }

  /** The value of the only figure of the measurement. */
  void add(double value) {
    add(measurement, value);
  }

  void add(String figure, double value) {
    values.put(figure, value);
  }

  void doubt(String reason, Object... details) {
    doubts.add(reason.formatted(details));
  }
}
