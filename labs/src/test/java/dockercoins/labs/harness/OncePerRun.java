package dockercoins.labs.harness;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives the same {@link Report}, swarm or cluster to all labs of a run. The first lab that has a
 * parameter of the type creates it, and JUnit closes it at the end of the run.
 */
public final class OncePerRun implements ParameterResolver {

  /** What all labs of a run share. */
  public interface Shared extends AutoCloseable {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return Shared.class.isAssignableFrom(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .computeIfAbsent(parameter.getParameter().getType());
  }
}
