package dockercoins.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one measurement gave, once.
 *
 * @param side A or B
 * @param number from 1
 * @param values by the names of the figures
 * @param doubts why not to trust it: what was wrong, as the end of a sentence about runs, and how
 *     much
 */
record Run(
    String measurement,
    String side,
    int number,
    Map<String, Double> values,
    Map<String, String> doubts) {

  Run(String measurement, String side, int number) {
    this(measurement, side, number, new LinkedHashMap<>(), new LinkedHashMap<>());
  }

  void add(String figure, double value) {
    values.put(figure, value);
  }

  void doubt(String what, String howMuch) {
    doubts.put(what, howMuch);
  }
}
