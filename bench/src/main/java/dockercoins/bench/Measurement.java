package dockercoins.bench;

import dockercoins.labs.harness.Stack;
import java.util.List;

/** A measurement of one or more figures. */
record Measurement(String name, List<Figure> figures, Code code) {

  /** Finds the stack down, and may leave it up. */
  interface Code {
    void measure(Stack stack, Run run) throws Exception;
  }

  static Measurement of(Figure figure, Code code) {
    return new Measurement(figure.name(), List.of(figure), code);
  }
}
