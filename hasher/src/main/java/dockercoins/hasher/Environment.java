package dockercoins.hasher;

import java.util.Map;

/**
 * Reads settings from environment variables. An empty variable counts as unset.
 *
 * <p>A value that makes no sense causes an {@link IllegalArgumentException}. Its message names the
 * variable and the value, and says what to set it to.
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
      // The exception below gives the range.
    }
    throw invalid(name, value, "a whole number from %d to %d".formatted(min, max));
  }

  /** Whether the value begins with y or Y. */
  boolean flag(String name) {
    return text(name, "").toLowerCase().startsWith("y");
  }

  /**
   * @param value if it is a URL, the message shows neither its user nor its password
   * @param expected what the variable should be set to
   */
  static IllegalArgumentException invalid(String name, String value, String expected) {
    String shown = name.endsWith("_URL") ? withoutLogin(value) : value;
    return new IllegalArgumentException(
        "%s is \"%s\": set it to %s".formatted(name, shown, expected));
  }

  /**
   * Hides everything up to the last @. After that, it hides what follows a colon and is no port,
   * because it may be a password whose @ is missing.
   */
  private static String withoutLogin(String url) {
    return url.replaceFirst("(?s)^(\\w+://)?.*@", "$1...@")
        .replaceFirst("(?s):(?!/|\\d+(/|$)).*", ":...");
  }
}
