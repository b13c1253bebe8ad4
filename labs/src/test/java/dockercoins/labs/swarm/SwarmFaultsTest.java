package dockercoins.labs.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dockercoins.labs.harness.Accounts;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.RedisCli;
import dockercoins.labs.harness.Report;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** swarm/dockercoins.yml on three engines: breaks a node while six workers mine. */
@ExtendWith(OncePerRun.class)
class SwarmFaultsTest {

  /** How long a node is cut off from the network. This is longer than Swarm needs to notice. */
  private static final Duration CUT = Duration.ofSeconds(30);

  private static final int WORKERS = 6;
  private static final int WORKERS_PER_NODE = 2;
  private static final int NODE = 2; // neither the manager, nor the node with Redis
  private static final int REDIS_NODE = 3;

  /** Seconds until a new task has started and is healthy. */
  private static final int START = 15;

  /** Seconds until Swarm notices that a node is down: three heartbeats of at most 5 s each. */
  private static final int NOTICE = 20;

  /**
   * Seconds until an engine is up and knows the tasks of the other nodes. If one of them does not
   * answer it at once, the engine waits 30 s.
   */
  private static final int RETURN = 60;

  private static Swarm swarm;
  private static SwarmStack stack;
  private static Accounts lost = new Accounts(0, 0);

  private String broken; // the name of the node
  private List<String> tasks; // of the other nodes
  private Instant event; // when the fault began, or when its repair began

  @BeforeAll
  static void deploy(Swarm swarm) throws Exception {
    SwarmFaultsTest.swarm = swarm;
    stack =
        new SwarmStack(swarm, Map.of("REDIS_NODE", "node.hostname == " + swarm.name(REDIS_NODE)));
    stack.deploy();
    stack.redis().close(); // waits until Redis answers
  }

  @AfterAll
  static void remove() throws Exception {
    stack.close();
  }

  /** Starts new workers on all nodes, because Swarm moves no workers to a node that is back. */
  @BeforeEach
  void spreadWorkers() throws Exception {
    stack.scale("worker", 0);
    stack.scale("worker", WORKERS);
    awaitBack();
    for (int node : Swarm.NODES) {
      assertThat(stack.containers(node, "worker")).hasSize(WORKERS_PER_NODE);
    }
  }

  @Test
  void nothingIsLostWhenANodeIsDrained(Report report) throws Exception {
    begin(NODE);
    swarm.docker(1, "node", "update", "--availability", "drain", swarm.name(NODE));
    try {
      awaitMoved();
      report("node drained: all workers mine elsewhere", START, report);
      assertThat(stack.logs().failures(event)).isEmpty();
    } finally {
      event = Instant.now();
      swarm.docker(1, "node", "update", "--availability", "active", swarm.name(NODE));
    }
    awaitBack();
    report("drained node active again: one rng on each node", START, report);
    assertThat(stack.logs().failures(event)).isEmpty();
    assertLost("node drained", 0, report);
  }

  @Test
  void workersOfAKilledNodeStartElsewhere(Report report) throws Exception {
    begin(NODE);
    swarm.kill(NODE);
    try {
      awaitMoved();
      report("node killed: all workers mine elsewhere", NOTICE + START, report);
    } finally {
      event = Instant.now();
      swarm.start(NODE);
    }
    awaitBack();
    report("killed node back: one rng on each node", RETURN + START, report);
    assertLost("node killed", WORKERS_PER_NODE, report);
  }

  @Test
  void miningGoesOnWhenAKilledNodeWithRedisIsBack(Report report) throws Exception {
    begin(REDIS_NODE);
    swarm.kill(REDIS_NODE);
    try {
      awaitNoTasks(); // Swarm has noticed
    } finally {
      event = Instant.now();
      swarm.start(REDIS_NODE);
    }
    awaitBack();
    report("killed node with Redis back: all workers mine", RETURN + START, report);
    assertLost("node with Redis killed", WORKERS_PER_NODE, report);
  }

  @Test
  void nothingIsLostWhenANodeIsCutOff(Report report) throws Exception {
    begin(NODE);
    swarm.cut(NODE);
    try {
      awaitNoTasks();
      report("node cut off: Swarm gives it up", NOTICE, report);
      try (RedisCli redis = stack.redis()) {
        redis.awaitMining(10); // The node that is cut off does not reach Redis.
      }
      await().atMost(CUT).until(() -> Instant.now().isAfter(event.plus(CUT)));
    } finally {
      event = Instant.now();
      swarm.mend(NODE);
    }
    awaitBack();
    report("node back on the network: all workers mine", RETURN + START, report);
    assertLost("node cut off", 0, report);
  }

  /** Notes the time, and the tasks on the other nodes, because these must survive. */
  private void begin(int node) throws IOException, InterruptedException {
    broken = swarm.name(node);
    tasks = tasks("stack", "ps", "dockercoins");
    tasks.removeAll(tasks("node", "ps", broken));
    event = Instant.now();
  }

  /** Waits until Swarm has given up the tasks of the broken node. */
  private void awaitNoTasks() {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> tasks("node", "ps", broken).isEmpty());
  }

  /** Waits until the other nodes do the work of the broken one. */
  private void awaitMoved() throws InterruptedException {
    awaitNoTasks();
    stack.awaitTasks("worker", WORKERS);
    stack.awaitTasks("hasher", 2);
    stack.awaitTasks("webui", 1);
    stack.logs().awaitWorking(WORKERS);
  }

  /** Waits until everything runs, with one rng on each node again. */
  private static void awaitBack() throws InterruptedException {
    stack.awaitTasks("redis", 1);
    stack.awaitTasks("rng", Swarm.NODES.size());
    stack.awaitTasks("worker", WORKERS);
    stack.awaitTasks("hasher", 2);
    stack.awaitTasks("webui", 1);
    stack.logs().awaitWorking(WORKERS);
  }

  /** The ids of the tasks that should run, as a docker command lists them. */
  private static List<String> tasks(String... command) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("-f", "desired-state=running", "--format", "{{.ID}}"));
    return new ArrayList<>(swarm.docker(1, arguments.toArray(String[]::new)).lines().toList());
  }

  /** Reports the time since the last event, and checks that no task elsewhere has been replaced. */
  private void report(String what, int maxSeconds, Report report) throws Exception {
    Instant now = Instant.now();
    double recovery = Duration.between(event, now).toMillis() / 1e3;
    List<String> failures = stack.logs().failures(event);
    report.add(
        what,
        "within %d s".formatted(maxSeconds),
        "%.1f s, %d failed lines".formatted(recovery, failures.size()));
    assertThat(recovery).as("recovery").isLessThan(maxSeconds);
    assertThat(tasks("stack", "ps", "dockercoins")).containsAll(tasks);
  }

  /** Stops the workers, and checks what was lost. */
  private static void assertLost(String fault, int killed, Report report) throws Exception {
    stack.scale("worker", 0);
    stack.logs().awaitEnd();
    try (RedisCli redis = stack.redis()) {
      Accounts before = lost;
      lost = stack.logs().missing(Accounts.stored(redis));
      lost.minus(before).checkLost(fault, killed, report);
    }
  }
}
