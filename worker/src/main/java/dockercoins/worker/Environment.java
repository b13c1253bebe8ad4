package dockercoins.worker;

import java.util.Map;

/**
 * Reads settings from environment variables. An empty variable counts as unset.
 *
 * <p>A value that makes no sense is an {@link IllegalArgumentException}. Its message names the
 * variable, the value, and what to set it to.
 */
record Environment(Map<String, String> variables) {

  /** The value of a variable, without the white space around it. */
  String text(String name, String defaultValue) {
    String value = variables.getOrDefault(name, "").strip();
    return value.isEmpty() ? defaultValue : value;
  }

  /** A whole number from {@code min} to {@code max}. */
  int number(String name, int defaultValue, int min, int max) {
    String value = text(name, Integer.toString(defaultValue));
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // refused below, with the range
    }
    throw invalid(name, value, "a whole number from %d to %d".formatted(min, max));
  }

  /** Whether the value begins with y or Y. */
  boolean flag(String name) {
    return text(name, "").toLowerCase().startsWith("y");
  }

  /**
   * @param value is shown without the user and the password of a URL
   * @param expected what the variable should be set to
   */
  static IllegalArgumentException invalid(String name, String value, String expected) {
    String shown = value.replaceAll("//.*@", "//...@");
    return new IllegalArgumentException(
        "%s is \"%s\": set it to %s".formatted(name, shown, expected));
  }
}
