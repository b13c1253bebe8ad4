package dockercoins.labs.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Queues;
import dockercoins.labs.harness.Queues.Policy;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * swarm/dockercoins.yml on three engines. The tests are in the order that needs the fewest deploys.
 */
@ExtendWith(OncePerRun.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SwarmTest {

  private static final int WORKERS = 5;
  private static final String OLD_LOOK = "--page: light-dark(#f6f8fa";
  private static final String NEW_LOOK = "--page: light-dark(gold";

  private static Swarm swarm;
  private static Policy policy; // without an ambassador
  private static double fullSpeed; // the expected speed of WORKERS workers
  private static SwarmStack stack;
  private static RedisCli redis;

  @BeforeAll
  static void deploy(Swarm swarm, Report report) throws Exception {
    SwarmTest.swarm = swarm;
    policy = swarm.hasIpvs() ? Policy.ROUND_ROBIN : Policy.RANDOM;
    fullSpeed = Queues.speed(WORKERS, 3, policy);
    long start = System.nanoTime();
    stack = new SwarmStack(swarm, Map.of());
    stack.push("swarm/dockercoins.yml", "swarm/ambassador.yml");
    stack.push("v0.2/images.yml");
    double pushed = secondsSince(start);

    start = System.nanoTime();
    stack.deploy();
    redis = stack.redis();
    redis.awaitMining(1);
    double mining = secondsSince(start);
    report.add("first hash after docker stack deploy", "under 60 s", "%.1f s".formatted(mining));
    assertThat(mining).isLessThan(60);
    assertThat(Http.get("http://%s/v2/_catalog".formatted(swarm.registry())))
        .contains("/ambassador", "/hasher", "/rng", "/webui", "/worker");
    report.add(
        "five images and three new versions built and pushed", "", "%.1f s".formatted(pushed));
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @AfterAll
  static void remove(Report report) throws Exception {
    try (SwarmStack stack = SwarmTest.stack;
        RedisCli redis = SwarmTest.redis) {
      stack.scale("worker", 0);
      stack.logs().awaitNothingIsLost(redis);
      long units = stack.logs().units();
      report.add("units of work, in all logs and in Redis", "" + units, "" + redis.hashes());
      assertThat(redis.hashes()).isEqualTo(units);
    }
  }

  @ParameterizedTest
  @Order(1)
  @ValueSource(ints = {1, 3, 10, 30})
  void workersMineAtTheExpectedSpeed(int workers, Report report) throws Exception {
    measureSpeed(workers, policy, report);
  }

  @Test
  @Order(2)
  void workersDoNotNoticeScaling(Report report) throws Exception {
    startWorkers();
    Instant start = Instant.now();
    for (int workers : new int[] {9, WORKERS}) {
      stack.scale("worker", workers);
    }
    for (int hashers : new int[] {4, 2}) {
      stack.scale("hasher", hashers);
    }
    checkUnnoticed("worker and hasher scaled up and down", start, report);
  }

  /** A new task is ready before an old one stops. */
  @ParameterizedTest
  @Order(3)
  @ValueSource(strings = {"rng", "hasher", "worker"})
  void workersDoNotNoticeARollingUpdate(String service, Report report) throws Exception {
    startWorkers();
    Instant start = Instant.now();
    assertThat(stack.update(service, "--force")).isEqualTo("completed");
    checkUnnoticed("rolling update of " + service, start, report);
  }

  @Test
  @Order(3)
  void nothingIsLostInARollingUpdateOfRedis(Report report) throws Exception {
    startWorkers();
    Instant start = Instant.now();
    assertThat(stack.update("redis", "--force")).isEqualTo("completed");
    redis.close();
    redis = stack.redis();
    redis.awaitSpeed(fullSpeed);
    stack.logs().awaitNothingIsLost(redis);
    double pause = stack.logs().longestPause(start);
    report.add(
        "rolling update of redis", "0 lost", "0 lost, mining paused for %.1f s".formatted(pause));
    assertThat(stack.logs().failures(start)).allMatch(line -> line.contains("redis:6379 failed"));
    assertThat(pause).isLessThan(20);
  }

  @Test
  @Order(3)
  void anImageThatDoesNotStartIsRolledBack(Report report) throws Exception {
    startWorkers();
    Instant start = Instant.now();
    assertThat(stack.update("rng", "--image", image("rng"))).isEqualTo("rollback_completed");
    double speed = checkUnnoticed("rng:v0.2, which does not start, rolled back", start, report);
    assertThat(speed).as("lowest speed, of the full one").isGreaterThan(0.8);
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  @Order(3)
  void aSlowVersionIsSeenOnTheSpeedAndRolledBack(Report report) throws Exception {
    startWorkers();
    Instant start = Instant.now();
    assertThat(stack.update("worker", "--image", image("worker"))).isEqualTo("completed");
    double slow = stack.logs().speed(Duration.ofSeconds(10));
    double expected = WORKERS / 3.3; // the worker waits 3.1 s, and rng and hasher take 0.1 s each
    report.add("speed of worker:v0.2, eleven times slower", expected, slow, "hashes/s");

    assertThat(stack.rollback("worker")).isEqualTo("rollback_completed");
    redis.awaitSpeed(fullSpeed);
    stack.logs().awaitNothingIsLost(redis);
    assertThat(slow).isCloseTo(expected, withinPercentage(20));
    assertThat(stack.logs().failures(start)).isEmpty();
  }

  /** Without a routing mesh, only one task can have the port, so webui is away for a moment. */
  @Test
  @Order(3)
  void webuiGetsItsNewLook(Report report) throws Exception {
    await().ignoreExceptions().untilAsserted(() -> askWebui("/style.css", OLD_LOOK));
    var answers = new AtomicLong();
    try (var timer = Executors.newSingleThreadScheduledExecutor()) {
      Future<?> requests =
          timer.scheduleWithFixedDelay(
              () -> {
                askWebui("/json", "\"hashes\":"); // the first failure ends the schedule
                answers.incrementAndGet();
              },
              0,
              100,
              TimeUnit.MILLISECONDS);
      assertThat(stack.update("webui", "--image", image("webui"))).isEqualTo("completed");
      askWebui("/style.css", NEW_LOOK);
      assertThat(stack.rollback("webui")).isEqualTo("rollback_completed");
      if (swarm.hasIpvs()) {
        assertThat(requests.isDone()).as("webui failed").isFalse();
      }
    }
    report.add(
        "webui:v0.2 rolled out and back",
        swarm.hasIpvs() ? "every request answered" : "",
        swarm.hasIpvs() ? answers + " answers" : "requests not tested without a routing mesh");
    askWebui("/style.css", OLD_LOOK);
  }

  /** Sends a request to each address of webui, and checks the answer. */
  private static void askWebui(String path, String expected) {
    try {
      List<String> addresses = stack.webui();
      assertThat(addresses).isNotEmpty();
      for (String webui : addresses) {
        assertThat(Http.get(webui + path)).contains(expected);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Order(4)
  void workersDoNotNoticeThatTheAmbassadorTakesOver(Report report) throws Exception {
    startWorkers();
    Instant start = Instant.now();
    stack.deploy("swarm/ambassador.yml");
    assertThat(stack.awaitUpdate("rng")).isEqualTo("completed");
    checkUnnoticed("the ambassador takes over", start, report);
  }

  @ParameterizedTest
  @Order(5)
  @ValueSource(ints = {1, 3, 10, 30})
  void workersMineAtTheExpectedSpeedWithAnAmbassador(int workers, Report report) throws Exception {
    stack.deploy("swarm/ambassador.yml");
    stack.awaitTasks("rng", 1);
    measureSpeed(workers, Policy.FEWEST_CONNECTIONS, report);
  }

  @Test
  @Order(6)
  void workersMineAtTheExpectedSpeedWithRoundRobin(Report report) throws Exception {
    assumeFalse(swarm.hasIpvs(), "the virtual IP was measured without the ambassador");
    stack.deploy("swarm/ambassador.yml", "labs/src/test/resources/round-robin.yml");
    assertThat(stack.awaitUpdate("rng")).isEqualTo("completed");
    measureSpeed(10, Policy.ROUND_ROBIN, report);
  }

  /** Redis asks for the password, the application mines, and docker inspect shows nothing. */
  @Test
  @Order(7)
  void redisHasAPasswordThatNobodySees(@TempDir Path folder) throws Exception {
    String password = UUID.randomUUID().toString();
    Path file = Files.writeString(folder.resolve("password"), password);
    swarm.docker(1, "secret", "create", "redis-password", file.toString());
    stack.scale("worker", 0); // because a worker without the password could not store its count
    long hashes = redis.hashes();
    redis.close();
    stack.deploy("swarm/password.yml");

    Pattern count = Pattern.compile("\"hashes\":(\\d+)");
    await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptions()
        .until(
            () -> {
              Matcher matcher = count.matcher(Http.get(stack.webui().getFirst() + "/json"));
              return matcher.find() && Long.parseLong(matcher.group(1)) > hashes + 100;
            });
    String container = stack.containers(1, "redis").getFirst();
    assertThat(swarm.docker(1, "exec", container, "redis-cli", "get", "hashes")).contains("NOAUTH");
    assertThat(inspectEverything())
        .contains("/run/secrets/redis-password")
        .doesNotContain(password);

    stack.scale("worker", 0);
    stack.deploy();
    stack.awaitUpdate("redis");
    redis = stack.redis();
    swarm.docker(1, "secret", "rm", "redis-password");
  }

  private static String inspectEverything() throws IOException, InterruptedException {
    var output = new StringBuilder();
    for (int node : Swarm.NODES) {
      output.append(inspect(node, "inspect", "ps", "-aq"));
    }
    return output
        .append(inspect(1, "service inspect", "service", "ls", "-q"))
        .append(inspect(1, "inspect", "stack", "ps", "-q", "--no-trunc", "dockercoins"))
        .toString();
  }

  /** What docker shows of all objects that a command lists. */
  private static String inspect(int node, String inspect, String... list)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(inspect.split(" ")));
    command.addAll(swarm.docker(node, list).lines().toList());
    return swarm.docker(node, command.toArray(String[]::new));
  }

  private static void startWorkers() throws Exception {
    stack.scale("worker", WORKERS);
    redis.awaitSpeed(fullSpeed);
  }

  private static void measureSpeed(int workers, Policy policy, Report report) throws Exception {
    stack.scale("worker", workers);
    redis.awaitMining(20 + 10 * workers);
    double expected = Queues.speed(workers, 3, policy);
    double speed =
        policy == Policy.RANDOM // it varies, so a second window would be no closer
            ? redis.speed(Duration.ofSeconds(15))
            : redis.speed(expected, Duration.ofSeconds(10));
    report.add(
        "speed on a swarm, %s, %d workers"
            .formatted(policy.name().toLowerCase().replace('_', ' '), workers),
        expected,
        speed,
        "hashes/s");
    stack.logs().awaitNothingIsLost(redis);
    assertThat(speed).isCloseTo(expected, withinPercentage(policy == Policy.RANDOM ? 8 : 3));
  }

  /**
   * Checks that nothing was lost and no request failed during a change.
   *
   * @return the lowest speed during the change, as a part of the full speed
   */
  private static double checkUnnoticed(String change, Instant start, Report report) {
    double speed = stack.logs().checkUnnoticed(change, start, fullSpeed, report);
    stack.logs().awaitNothingIsLost(redis);
    return speed;
  }

  private static String image(String service) {
    return "%s/dockercoins/%s:v0.2".formatted(swarm.registry(), service);
  }
}
