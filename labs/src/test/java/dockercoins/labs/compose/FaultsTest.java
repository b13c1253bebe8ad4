package dockercoins.labs.compose;

import static dockercoins.labs.compose.FaultLab.SECONDS;
import static dockercoins.labs.compose.FaultLab.WORKERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dockercoins.labs.compose.FaultLab.Action;
import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** docker-compose.yml: breaks what the workers depend on, while they mine. */
@ExtendWith(OncePerRun.class)
class FaultsTest {

  private static final String IPTABLES = "dockercoins-labs-iptables";

  private static FaultLab lab;
  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    Shell.run("docker", "build", "-q", "-t", IPTABLES, "src/test/resources/iptables");
    stack = Stack.start("docker-compose.yml", "labs/src/test/resources/faults.yml");
    lab = new FaultLab(stack);
  }

  @AfterAll
  static void stop() throws Exception {
    lab.close();
    Shell.run("docker", "rmi", IPTABLES);
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("Redis stopped", () -> stack.compose("stop", "redis"), FaultsTest::startRedis),
        fault("Redis killed", () -> stack.compose("kill", "redis"), FaultsTest::startRedis),
        fault("Redis paused", pause("redis"), unpause("redis")),
        fault(
            "Redis: disk full",
            () -> disk("dd if=/dev/zero of=/data/full bs=4k 2>/dev/null; ls -l /data"),
            () -> disk("rm /data/full")),
        fault("Redis: packets dropped", drop("redis", ""), pass("redis")),
        fault("Redis: network disconnected", disconnect("redis"), connect("redis")),
        fault("rng killed", () -> stack.compose("kill", "rng"), () -> startService("rng", 8001)),
        fault("rng paused", pause("rng"), unpause("rng")),
        fault("rng: packets dropped", drop("rng", ""), pass("rng")),
        fault("rng: network disconnected", disconnect("rng"), connect("rng")),
        fault(
            "hasher killed",
            () -> stack.compose("kill", "hasher"),
            () -> startService("hasher", 8002)),
        fault("hasher paused", pause("hasher"), unpause("hasher")),
        fault("hasher: packets dropped", drop("hasher", ""), pass("hasher")),
        fault("workers: no DNS", drop("worker", "-p udp"), pass("worker")),
        fault("workers: packets dropped", drop("worker", ""), pass("worker")),
        fault("workers: network disconnected", disconnect("worker"), connect("worker")),
        fault("clock an hour back", () -> moveClock(-3600), () -> moveClock(3600)));
  }

  private static Arguments fault(String name, Action begin, Action end) {
    return argumentSet(name, name, begin, end);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void nothingIsLostDuring(String name, Action begin, Action end, Report report) throws Exception {
    lab.breakFor(SECONDS, name, begin, end, report);
  }

  /** A connection takes a second. This is slow, but it is no failure. */
  @Test
  void noTryFailsWhenRngAndHasherAreFarAway(Report report) throws Exception {
    Instant start = Instant.now();
    lab.breakFor(
        SECONDS,
        "rng and hasher: 500 ms each way",
        () -> {
          delay("rng", 500);
          delay("hasher", 500);
        },
        () -> {
          endDelay("rng");
          endDelay("hasher");
        },
        report);
    List<String> failures =
        stack
            .compose("logs", "--no-color", "--since", start.toString(), "worker")
            .lines()
            .filter(line -> line.contains("failed"))
            .toList();
    report.add(
        "failed tries while rng and hasher are 500 ms away each way", "0", "" + failures.size());
    assertThat(failures).isEmpty();
  }

  @Test
  void nothingIsLostWhenRedisCutsConnections(Report report) throws Exception {
    lab.breakWhile(
        "Redis: CLIENT KILL, %d times".formatted(5 * SECONDS),
        () -> {
          for (int i = 0; i < 5 * SECONDS; i++) {
            stack.compose("exec", "-T", "redis", "redis-cli", "client", "kill", "type", "normal");
          }
        },
        report);
  }

  @Test
  void nothingIsLostWhenRedisIsKilledAgainAndAgain(Report report) throws Exception {
    lab.breakWhile(
        "Redis killed, %d times".formatted(SECONDS / 2),
        () -> {
          for (int i = 0; i < SECONDS / 2; i++) {
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(1000));
            stack.compose("kill", "redis");
            startRedis();
          }
        },
        report);
  }

  @Test
  void nothingIsLostWhenServicesAreReplaced(Report report) throws Exception {
    lab.breakWhile(
        "rng and hasher replaced",
        () -> {
          stack.compose("up", "-d", "--no-deps", "--force-recreate", "rng", "hasher");
          awaitService(8001);
          awaitService(8002);
        },
        report);
  }

  @Test
  void nothingIsLostWhenWorkersStopAtRandomMoments(Report report) throws Exception {
    int stops = 5 * SECONDS / 2;
    List<String> workers = stack.containers("worker");
    for (int i = 0; i < stops; i++) {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(500));
      Shell.run("docker", "restart", workers.get(i % WORKERS));
    }
    lab.awaitNothingIsLost();
    report.add(
        "workers stopped, %d times".formatted(stops),
        "0 lost or counted twice",
        "0 lost or counted twice");
  }

  @Test
  void nothingIsLostWhenEverythingRestartsInRandomOrder(Report report) throws Exception {
    for (int round = 0; round < SECONDS / 2; round++) {
      List<String> services = new ArrayList<>(List.of("rng", "hasher", "redis", "worker", "webui"));
      Collections.shuffle(services);
      List<Future<String>> restarts = new ArrayList<>();
      try (var threads = Executors.newCachedThreadPool()) {
        for (String service : services) {
          restarts.add(
              threads.submit(() -> stack.compose("restart", "--no-deps", "-t", "9", service)));
          TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(1000));
        }
      }
      for (Future<String> restart : restarts) {
        restart.get();
      }
    }
    lab.awaitNothingIsLost();
    FaultLab.awaitWebui();
    report.add(
        "everything restarted in random order, %d times".formatted(SECONDS / 2),
        "0 lost or counted twice",
        "0 lost or counted twice");
  }

  @Test
  void aThousandIdleConnectionsDoNotSlowMining(Report report) throws Exception {
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        idle.add(new Socket("localhost", 8001));
      }
      double speed = stack.speed(10, Duration.ofSeconds(10));
      report.add("speed, rng with 1000 idle connections", 10, speed, "hashes/s");
      assertThat(speed).isCloseTo(10, withinPercentage(5));
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void webuiAnswersAThousandClientsWhileRedisHangs(Report report) throws Exception {
    long threads = status("Threads");
    long memory = status("VmRSS");
    var slowest = new AtomicLong();
    var answers = new AtomicLong();
    Callable<Void> client =
        () -> {
          for (int i = 0; i < SECONDS; i++) {
            TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(2000));
            long start = System.nanoTime();
            assertThat(Http.status(8000, "/json")).isIn(200, 503);
            slowest.accumulateAndGet((System.nanoTime() - start) / 1_000_000, Math::max);
            answers.incrementAndGet();
          }
          return null;
        };
    runThousand(client); // warms up
    slowest.set(0);
    answers.set(0);
    stack.compose("pause", "redis");
    try {
      runThousand(client);
    } finally {
      stack.compose("unpause", "redis");
    }
    report.add(
        "/json, 1000 clients while Redis is paused",
        "within 2000 ms",
        "%d ms, %d answers".formatted(slowest.get(), answers.get()));
    report.add(
        "webui before and after, threads",
        "fewer than 20 new ones",
        "%d, %d".formatted(threads, status("Threads")));
    report.add(
        "webui before and after, memory",
        "less than half more",
        "%d, %d MiB".formatted(memory / 1024, status("VmRSS") / 1024));
    assertThat(slowest.get()).isLessThan(2000);
    assertThat(status("Threads")).isLessThan(threads + 20);
    assertThat(status("VmRSS")).isLessThan(memory * 3 / 2);
  }

  private static void runThousand(Callable<Void> client) throws Exception {
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> each : clients.invokeAll(Collections.nCopies(1000, client))) {
        each.get();
      }
    }
  }

  private static long status(String name) throws Exception {
    String status = stack.compose("exec", "-T", "webui", "cat", "/proc/1/status");
    String line = status.lines().filter(each -> each.startsWith(name)).findFirst().orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", ""));
  }

  /** It loses the units since its last update, and the coin that it was about to store. */
  @Test
  void aKilledWorkerLosesAtMostFourUnitsAndACoin(Report report) throws Exception {
    reset();
    List<String> workers = stack.containers("worker");
    int kills = SECONDS / 2;
    for (int i = 0; i < kills; i++) {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(1000));
      Shell.run("docker", "kill", workers.get(i % WORKERS));
      Shell.run("docker", "start", workers.get(i % WORKERS));
    }
    stack.compose("stop", "worker");
    long units = unitsDone();
    long coins = Accounts.logged(stack).coins();
    try (RedisCli redis = stack.redis()) {
      units -= redis.hashes();
      coins -= redis.coins();
    }
    reset(); // removes the logs, because the lost units are in them
    report.add(
        "lost by %d workers that were killed".formatted(kills),
        "at most 4 units and a coin each",
        "%d units, %d coins".formatted(units, coins));
    assertThat(units).isBetween(0L, 4L * kills);
    assertThat(coins).isBetween(0L, (long) kills);
  }

  private static void reset() throws Exception {
    stack.compose("rm", "-s", "-f", "worker");
    stack.compose("exec", "-T", "redis", "redis-cli", "flushall");
    stack.scale("worker=" + WORKERS);
  }

  private static long unitsDone() throws Exception {
    return stack.compose("logs", "worker").lines().filter(Accounts::isUnit).count();
  }

  private static Action pause(String service) {
    return () -> stack.compose("pause", service);
  }

  private static Action unpause(String service) {
    return () -> stack.compose("unpause", service);
  }

  /** Drops packets from other containers to a service. */
  private static Action drop(String service, String packets) {
    return () -> iptables(service, "-A INPUT ! -i lo " + packets + " -j DROP");
  }

  private static Action pass(String service) {
    return () -> iptables(service, "-F");
  }

  /** Delays packets from and to other containers. Each service has one container. */
  private static void delay(String service, int milliseconds) throws Exception {
    Shell.run(
        "docker run -d --rm --name %s-delay --cap-add NET_ADMIN --network container:%s --entrypoint python3 %s delay.py %d"
            .formatted(service, stack.containers(service).getFirst(), IPTABLES, milliseconds)
            .split(" "));
    String queue = " lo -j NFQUEUE --queue-num 0 --queue-bypass";
    iptables(service, "-A INPUT ! -i" + queue);
    iptables(service, "-A OUTPUT ! -o" + queue);
  }

  private static void endDelay(String service) throws Exception {
    pass(service).run();
    Shell.run("docker", "rm", "-f", service + "-delay");
  }

  private static void iptables(String service, String rule) throws Exception {
    for (String container : stack.containers(service)) {
      Shell.run(
          "docker run --rm --cap-add NET_ADMIN --network container:%s %s %s"
              .formatted(container, IPTABLES, rule)
              .split(" +"));
    }
  }

  private static Action disconnect(String service) {
    return () -> {
      for (String container : stack.containers(service)) {
        Shell.run("docker", "network", "disconnect", network(), container);
      }
    };
  }

  private static Action connect(String service) {
    return () -> {
      for (String container : stack.containers(service)) {
        Shell.run("docker", "network", "connect", "--alias", service, network(), container);
      }
    };
  }

  private static String network() {
    return Engine.network(stack.containers("webui").getFirst()).getKey();
  }

  private static void disk(String command) throws Exception {
    System.out.println(stack.compose("exec", "-T", "disk", "sh", "-c", command));
  }

  private static void startRedis() throws Exception {
    stack.compose("start", "redis");
    stack.redis().close(); // waits until Redis answers
  }

  private static void startService(String service, int port) throws Exception {
    stack.compose("start", service);
    awaitService(port);
  }

  private static void awaitService(int port) {
    await().ignoreExceptions().until(() -> !Http.get(port, "/healthz").isEmpty());
  }

  private static void moveClock(int seconds) throws IOException, InterruptedException {
    String date = "date -s @$(($(date +%%s) + %d))".formatted(seconds);
    Shell.run("docker", "run", "--rm", "--cap-add", "SYS_TIME", "redis:8", "sh", "-c", date);
  }
}
