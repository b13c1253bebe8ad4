package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResolverTest {

  private static final InetAddress ADDRESS = InetAddress.getLoopbackAddress();

  private final AtomicInteger lookUps = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void endLookUps() {
    end.countDown();
  }

  @Test
  void asksOnceIfDnsAnswersAtOnce() throws UnknownHostException {
    assertThat(lookUp((host, policy) -> Stream.of(ADDRESS))).containsExactly(ADDRESS);
    assertThat(lookUps).hasValue(1);
  }

  @Test
  void asksAgainIfDnsDoesNotAnswer() throws UnknownHostException {
    Dns dns =
        (host, policy) -> {
          if (lookUps.get() < 3) {
            awaitEnd();
          }
          return Stream.of(ADDRESS);
        };
    assertThat(lookUp(dns)).containsExactly(ADDRESS);
    assertThat(lookUps).hasValue(3);
  }

  @Test
  void asksAgainIfALookUpFails() throws UnknownHostException {
    Dns dns =
        (host, policy) -> {
          if (lookUps.get() < 3) {
            throw new UnknownHostException(host + ": Temporary failure in name resolution");
          }
          return Stream.of(ADDRESS);
        };
    assertThat(lookUp(dns)).containsExactly(ADDRESS);
    assertThat(lookUps).hasValue(3);
  }

  @Test
  void failsIfDnsDoesNotKnowTheName() {
    Dns dns =
        (host, policy) -> {
          throw new UnknownHostException(host + ": Name or service not known");
        };
    assertThatExceptionOfType(UnknownHostException.class)
        .isThrownBy(() -> lookUp(dns))
        .withMessage("rng: Name or service not known");
  }

  /** A worker that stops is interrupted, and still looks up redis to store its count. */
  @Test
  void findsTheAddressAfterAnInterrupt() throws UnknownHostException {
    Thread.currentThread().interrupt();
    assertThat(lookUp((host, policy) -> Stream.of(ADDRESS))).containsExactly(ADDRESS);
    assertThat(Thread.interrupted()).isTrue();
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private interface Dns extends InetAddressResolver {
    @Override
    default String lookupByAddress(byte[] address) {
      throw new UnsupportedOperationException();
    }
  }

  private Stream<InetAddress> lookUp(Dns dns) throws UnknownHostException {
    Dns counted =
        (host, policy) -> {
          lookUps.incrementAndGet();
          return dns.lookupByName(host, policy);
        };
    return Resolver.asksAgain(counted).lookupByName("rng", LookupPolicy.of(LookupPolicy.IPV4));
  }
}
