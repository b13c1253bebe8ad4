package dockercoins.bench;

/**
 * A number that is measured.
 *
 * @param better "less" or "more"
 * @param ideal the value if only the delays took time, or null
 */
record Figure(String name, String unit, String better, Double ideal, String meaning) {

  static Figure less(String name, String unit, String meaning) {
    return new Figure(name, unit, "less", null, meaning);
  }

  static Figure more(String name, String unit, String meaning) {
    return new Figure(name, unit, "more", null, meaning);
  }

  /** Whether the group has this name, or the beginning of it up to a point. */
  boolean isIn(String group) {
    return (name + ".").startsWith(group + ".");
  }
}
