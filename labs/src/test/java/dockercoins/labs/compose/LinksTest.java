package dockercoins.labs.compose;

import static dockercoins.labs.compose.FaultLab.SECONDS;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dockercoins.labs.compose.Link.Fault;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Slow and broken links, and services that answer nonsense, while the workers mine. */
@ExtendWith(OncePerRun.class)
class LinksTest {

  private static final String WRONG_HASH = "0".repeat(64);

  private static Link rng;
  private static Link hasher;
  private static Link redis;
  private static FaultLab lab;

  @BeforeAll
  static void start() throws Exception {
    rng = new Link();
    hasher = new Link();
    redis = new Link();
    var ports =
        Map.of(
            "RNG_LINK", "" + rng.port(),
            "HASHER_LINK", "" + hasher.port(),
            "REDIS_LINK", "" + redis.port());
    var stack = Stack.start(ports, "docker-compose.yml", "labs/src/test/resources/links.yml");
    rng.connectTo(8001);
    hasher.connectTo(8002);
    String published = stack.compose("port", "redis", "6379");
    redis.connectTo(Integer.parseInt(published.substring(published.lastIndexOf(':') + 1)));
    lab = new FaultLab(stack);
  }

  @AfterAll
  static void stop() throws Exception {
    lab.close();
    for (Link link : new Link[] {rng, hasher, redis}) {
      link.close();
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("Redis: 500 ms latency", redis, latency(500)),
        fault("Redis: 1 KB/s", redis, LinksTest::slowly),
        fault("Redis: reset after some bytes", redis, resetAfter(2000)),
        fault("Redis: no reply arrives", redis, LinksTest::swallowReply),
        fault("Redis: reset instead of a reply", redis, LinksTest::resetReply),
        fault("Redis: half of the counts arrive after 3 s", redis, LinksTest::lateCounts),
        fault("rng: 500 ms latency", rng, latency(500)),
        fault("rng: 1 KB/s", rng, LinksTest::slowly),
        fault("rng: reset after some bytes", rng, resetAfter(1000)),
        fault("rng: closes half way", rng, LinksTest::halfAnAnswer),
        fault("rng: answers 500", rng, answer("500 Internal Server Error", "")),
        fault("rng: 31 bytes", rng, answer("200 OK", "x".repeat(31))),
        fault("rng: 100 MB", rng, answer("200 OK", "x".repeat(100_000_000))),
        fault("hasher: 500 ms latency", hasher, latency(500)),
        fault("hasher: 1 KB/s", hasher, LinksTest::slowly),
        fault("hasher: reset after some bytes", hasher, resetAfter(1000)),
        fault("hasher: closes half way", hasher, LinksTest::halfAnAnswer),
        fault("hasher: answers 500", hasher, answer("500 Internal Server Error", "")),
        fault("hasher: no hash", hasher, answer("200 OK", "no hash")),
        fault("hasher: another hash", hasher, answer("200 OK", WRONG_HASH)));
  }

  private static Arguments fault(String name, Link link, Fault fault) {
    return argumentSet(name, name, link, fault);
  }

  @ParameterizedTest(autoCloseArguments = false) // all faults share the links
  @MethodSource("faults")
  void nothingIsLostDuring(String name, Link link, Fault fault, Report report) throws Exception {
    lab.breakFor(SECONDS, name, () -> link.spoil(fault), link::mend, report);
  }

  static Stream<Arguments> services() {
    return Stream.of(argumentSet("rng", "rng", rng), argumentSet("hasher", "hasher", hasher));
  }

  /** Lasts longer than an answer takes, so that the first answers arrive. Then resets the rest. */
  @ParameterizedTest(autoCloseArguments = false) // all faults share the links
  @MethodSource("services")
  void veryLateAnswersCount(String name, Link link, Report report) throws Exception {
    int latency = SECONDS * 3 / 2;
    lab.breakFor(
        latency + 3,
        "%s: answers after %d s".formatted(name, latency),
        () -> link.spoil(latency(latency * 1000)),
        () -> {
          link.mend();
          link.cut();
        },
        report);
  }

  private static Fault latency(int milliseconds) {
    return (reply, bytes, to) -> {
      if (reply) {
        TimeUnit.MILLISECONDS.sleep(milliseconds);
      }
      to.write(bytes);
    };
  }

  private static void slowly(boolean reply, byte[] bytes, OutputStream to) throws Exception {
    for (int i = 0; i < bytes.length; i += 100) {
      to.write(bytes, i, Math.min(100, bytes.length - i));
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Counts the bytes of all connections, so that some connections live long enough. */
  private static Fault resetAfter(int average) {
    var left = new AtomicInteger(average);
    return (reply, bytes, to) -> {
      int before = left.getAndAdd(-bytes.length);
      if (before < bytes.length) {
        left.set(ThreadLocalRandom.current().nextInt(2 * average));
        to.write(bytes, 0, Math.max(0, before));
        throw new IOException("reset");
      }
      to.write(bytes);
    };
  }

  private static void swallowReply(boolean reply, byte[] bytes, OutputStream to) throws Exception {
    if (!reply || !isReplyToCommand(bytes)) {
      to.write(bytes);
    }
  }

  private static void resetReply(boolean reply, byte[] bytes, OutputStream to) throws Exception {
    if (reply && isReplyToCommand(bytes)) {
      throw new IOException("reset");
    }
    to.write(bytes);
  }

  /** Whether the reply is a number, a string or null. All others are errors. */
  private static boolean isReplyToCommand(byte[] reply) {
    return reply[0] == '$' || reply[0] == ':' || reply[0] == '_';
  }

  private static void lateCounts(boolean reply, byte[] bytes, OutputStream to) throws Exception {
    boolean count = new String(bytes, ISO_8859_1).contains("EVAL");
    if (count && ThreadLocalRandom.current().nextBoolean()) {
      TimeUnit.SECONDS.sleep(3); // meanwhile the worker tries again
    }
    to.write(bytes);
  }

  private static void halfAnAnswer(boolean reply, byte[] bytes, OutputStream to) throws Exception {
    to.write(bytes, 0, reply ? bytes.length / 2 : bytes.length);
    if (reply) {
      to.close();
    }
  }

  private static Fault answer(String status, String body) {
    byte[] answer =
        "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(status, body.length(), body)
            .getBytes(ISO_8859_1);
    return (reply, bytes, to) -> {
      to.write(reply ? answer : bytes);
      if (reply) {
        to.close();
      }
    };
  }
}
