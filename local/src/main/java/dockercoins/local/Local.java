package dockercoins.local;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.embedded.RedisExecProvider;

/**
 * Runs the whole application without Docker until ^C or SIGTERM. Each service is a process with the
 * main class of its image. The argument is the folder of webui's files.
 */
public final class Local {

  private static final int NAME_WIDTH = "worker-10".length();

  /**
   * A shell script that turns into the command in its arguments. First, it starts a shell that
   * kills this command when the launcher ends. That shell reads a pipe, which the kernel closes
   * when the launcher ends, so this works even after SIGKILL.
   */
  private static final String END_WITH_LAUNCHER =
      """
      exec 3<&0 </dev/null
      (
        trap '' HUP INT TERM
        { read -r line; kill -9 $$; } <&3 >/dev/null 2>&1 &
      )
      exec "$@" 3<&-
      """;

  private final List<Running> processes = new ArrayList<>(); // Redis first
  private boolean stopping;
  private final Output output =
      new Output(System.out, NAME_WIDTH, System.console() != null && System.console().isTerminal());

  private record Running(Process process, Thread output) {}

  public static void main(String[] args) throws IOException {
    try {
      Settings settings = Settings.of(System.getenv());
      try (var webui = reserve("WEBUI_PORT", settings.webuiPort());
          var rng = reserve("RNG_PORT", settings.rngPort());
          var hasher = reserve("HASHER_PORT", settings.hasherPort())) {
        // The ports are free, and no two are the same.
      }
      new Local().run(settings, Path.of(args[0]).toRealPath());
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    } catch (InterruptedException e) {
      // A stop came while the services were starting.
    }
  }

  private static ServerSocket reserve(String setting, int port) {
    try {
      return new ServerSocket(port);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Port %d: %s. Stop what uses it, or set %s to another port."
              .formatted(port, e.getMessage(), setting));
    }
  }

  private void run(Settings settings, Path files) throws IOException, InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    int redisPort = freePort();
    var urls =
        Map.of(
            "RNG_URL", "http://localhost:%d/".formatted(settings.rngPort()),
            "HASHER_URL", "http://localhost:%d/".formatted(settings.hasherPort()),
            "REDIS_URL", "redis://localhost:" + redisPort,
            "FILES", files.toString());

    startRedis(redisPort);
    Process rng = startJava("rng-1", "dockercoins.rng.Rng", settings.rngPort(), urls);
    Process hasher =
        startJava("hasher-1", "dockercoins.hasher.Hasher", settings.hasherPort(), urls);
    Process webui = startJava("webui-1", "dockercoins.webui.Webui", settings.webuiPort(), urls);
    for (int i = 1; i <= settings.workers(); i++) {
      startJava("worker-" + i, "dockercoins.worker.Worker", 0, urls);
    }
    awaitListening(rng, settings.rngPort());
    awaitListening(hasher, settings.hasherPort());
    awaitListening(webui, settings.webuiPort());
    System.out.printf(
        "Open http://localhost:%d/ to see it mine, press ^C to stop it. Redis: localhost:%d%n",
        settings.webuiPort(), redisPort);
    for (Running running : processes) {
      running.output().join();
    }
  }

  private void startRedis(int port) throws IOException, InterruptedException {
    String redis = RedisExecProvider.defaultProvider().get().toString();
    String never = "";
    start(
        "redis-1",
        new ProcessBuilder(redis, "--port", "" + port, "--bind", "127.0.0.1", "--save", never));
  }

  private Process startJava(String name, String mainClass, int port, Map<String, String> urls)
      throws IOException, InterruptedException {
    var java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+NeverActAsServerClassMachine",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xmx48m",
            "-cp",
            System.getProperty("java.class.path"),
            mainClass);
    java.environment().putAll(urls);
    java.environment().put("PORT", Integer.toString(port));
    return start(name, java);
  }

  private Process start(String name, ProcessBuilder command)
      throws IOException, InterruptedException {
    command.command().addAll(0, List.of("sh", "-c", END_WITH_LAUNCHER, name));
    synchronized (processes) {
      if (stopping) {
        throw new InterruptedException();
      }
      Process process = command.redirectErrorStream(true).start();
      processes.add(new Running(process, output.follow(name, process)));
      return process;
    }
  }

  private static void awaitListening(Process service, int port) throws InterruptedException {
    while (service.isAlive()) {
      try (var socket = new Socket("localhost", port)) {
        return;
      } catch (IOException e) {
        Thread.sleep(Duration.ofMillis(20));
      }
    }
    throw new IllegalArgumentException("The service on port %d did not start.".formatted(port));
  }

  /** Stops Redis last, so that the workers can store what they have. */
  private void stop() {
    synchronized (processes) {
      stopping = true;
      if (!processes.isEmpty()) {
        stop(processes.subList(1, processes.size()), Duration.ofMillis(1200));
        stop(processes.subList(0, 1), Duration.ofMillis(300));
      }
    }
  }

  private static void stop(List<Running> processes, Duration grace) {
    long deadline = System.nanoTime() + grace.toNanos();
    processes.forEach(running -> running.process().toHandle().destroy());
    for (Running running : processes) {
      try {
        running.output().join(Duration.ofNanos(deadline - System.nanoTime()));
      } catch (InterruptedException e) {
        // The wait ends early, and the process is killed.
      }
      running.process().destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
