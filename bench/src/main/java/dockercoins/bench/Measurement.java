package dockercoins.bench;

import java.io.IOException;
import java.util.List;

/**
 * Something to do with a stack that gives one or more figures.
 *
 * @param repeated false if every run would give the same
 */
record Measurement(String name, List<Figure> figures, boolean repeated, Code code) {

  /** Finds the stack down, and need not leave it so. */
  interface Code {
    void measure(Stack stack, Run run) throws IOException, InterruptedException;
  }

  static Measurement of(Figure figure, Code code) {
    return new Measurement(figure.name(), List.of(figure), true, code);
  }
}
