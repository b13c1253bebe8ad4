package dockercoins.bench;

import dockercoins.labs.harness.Stack;
import java.util.List;

/**
 * A measurement of one or more figures.
 *
 * @param repeated false if each run would give the same values
 */
record Measurement(String name, List<Figure> figures, boolean repeated, Code code) {

  /** Finds the stack down, and may leave it up. */
  interface Code {
    void measure(Stack stack, Run run) throws Exception;
  }

  /** Returns the value of the only figure. */
  interface Value {
    double measure(Stack stack, Run run) throws Exception;
  }

  static Measurement of(Figure figure, Value value) {
    String name = figure.name();
    Code code = (stack, run) -> run.add(name, value.measure(stack, run));
    return new Measurement(name, List.of(figure), true, code);
  }
}
