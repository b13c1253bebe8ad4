package dockercoins.worker;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Asks DNS again if it does not give an address at once, because several DNS servers may share one
 * IP address. If one of them has just died, the next look-up may reach another one. {@link
 * InetAddress} lets only one look-up of a name run at a time, so this class takes the place of the
 * resolver below it. Java finds it in {@code META-INF/services}.
 */
public final class Resolver extends InetAddressResolverProvider {

  /** How long the first look-ups wait for an answer before the next one starts. */
  private static final int[] WAITS_MS = {50, 50, 100, 100, 200, 200};

  /** How long a look-up that has failed waits for the success of a later one. */
  private static final int FAILURE_WAIT_MS = 500;

  private static final Executor THREADS =
      Executors.newCachedThreadPool(Thread.ofPlatform().name("resolver").daemon().factory());

  @Override
  public String name() {
    return "a resolver that asks again";
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    return asksAgain(configuration.builtinResolver());
  }

  static InetAddressResolver asksAgain(InetAddressResolver resolver) {
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        return firstResult(resolver, host, policy);
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return resolver.lookupByAddress(address);
      }
    };
  }

  /** Returns the result of the look-up that ends first. */
  private static Stream<InetAddress> firstResult(
      InetAddressResolver resolver, String host, InetAddressResolver.LookupPolicy policy)
      throws UnknownHostException {
    CompletionService<Stream<InetAddress>> lookUps = new ExecutorCompletionService<>(THREADS);
    try {
      for (int wait : WAITS_MS) {
        lookUps.submit(() -> delayFailure(resolver, host, policy));
        Future<Stream<InetAddress>> ended = lookUps.poll(wait, TimeUnit.MILLISECONDS);
        if (ended != null) {
          return ended.get();
        }
      }
      lookUps.submit(() -> delayFailure(resolver, host, policy));
      return lookUps.take().get();
    } catch (ExecutionException e) {
      throw new UnknownHostException(e.getCause().getMessage());
    } catch (InterruptedException e) { // A worker that stops still has to store its count.
      Thread.currentThread().interrupt();
      return resolver.lookupByName(host, policy);
    }
  }

  private static Stream<InetAddress> delayFailure(
      InetAddressResolver resolver, String host, InetAddressResolver.LookupPolicy policy)
      throws UnknownHostException, InterruptedException {
    try {
      return resolver.lookupByName(host, policy);
    } catch (UnknownHostException e) {
      TimeUnit.MILLISECONDS.sleep(FAILURE_WAIT_MS);
      throw e;
    }
  }
}
