package dockercoins.bench;

/**
 * A number that is measured.
 *
 * @param better which value one would rather have
 * @param ideal what it would be if nothing but the delays took time; null if that says nothing
 */
record Figure(String name, String unit, Better better, Double ideal, String meaning) {

  enum Better {
    LESS,
    MORE
  }

  static Figure less(String name, String unit, String meaning) {
    return new Figure(name, unit, Better.LESS, null, meaning);
  }

  static Figure more(String name, String unit, String meaning) {
    return new Figure(name, unit, Better.MORE, null, meaning);
  }

  /** Whether it is the figure of that name, or one of the group of that name. */
  boolean isIn(String group) {
    return name.equals(group) || name.startsWith(group + ".");
  }
}
