package dockercoins.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many requests a service answers, and how fast is mining, if nothing is delayed. */
final class Load {

  private static final String BODY = "0123456789abcdef0123456789abcdef";
  private static final String POST =
      """
      wrk.method = "POST"
      wrk.body = "%s"
      wrk.headers["Content-Type"] = "application/octet-stream"
      """
          .formatted(BODY);
  private static final int WARM_UP = 3;

  private final Duration length;
  private final Path scratch;

  Load(Duration length, Path scratch) {
    this.length = length;
    this.scratch = scratch;
  }

  List<Measurement> measurements() {
    List<Measurement> measurements = new ArrayList<>();
    for (String service : List.of("rng", "hasher")) {
      boolean post = service.equals("hasher");
      measurements.add(
          Measurement.of(
              Figure.more(
                  "load.%s.new".formatted(service),
                  "requests/s",
                  "8 clients, a connection for each request, DELAY_MS=0"),
              (stack, run) -> load(stack, run, service, url -> ab(url, post))));
      measurements.add(
          Measurement.of(
              Figure.more(
                  "load.%s.keep".formatted(service),
                  "requests/s",
                  "8 clients, a connection each, DELAY_MS=0"),
              (stack, run) -> load(stack, run, service, url -> wrk(url, post))));
    }
    for (int workers : List.of(1, 4)) {
      measurements.add(
          Measurement.of(
              Figure.more("load." + workers, "hashes/s", "with so many workers, DELAY_MS=0"),
              (stack, run) -> run.add("load." + workers, speed(stack, workers))));
    }
    return measurements;
  }

  /** A load that lasts as long as it is told. */
  private interface Tool {
    Requests load(int seconds) throws IOException, InterruptedException;
  }

  private interface ToolFor {
    Tool at(String url) throws IOException;
  }

  /** What a tool counted. */
  record Requests(long failed, long all, double seconds) {

    private static final Pattern FAILURE =
        Pattern.compile(
            "(?:Failed requests|Write errors|Non-2xx responses|Non-2xx or 3xx responses):\\s+(\\d+)");
    private static final Pattern SOCKET_ERRORS =
        Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

    static Requests ofAb(String output) {
      return new Requests(
          failures(output),
          Long.parseLong(find("Complete requests:\\s+(\\d+)", output).group(1)),
          Double.parseDouble(find("Time taken for tests:\\s+([\\d.]+)", output).group(1)));
    }

    static Requests ofWrk(String output) {
      long socketErrors = 0;
      Matcher errors = SOCKET_ERRORS.matcher(output);
      if (errors.find()) {
        for (int i = 1; i <= errors.groupCount(); i++) {
          socketErrors += Long.parseLong(errors.group(i));
        }
      }
      Matcher total = find("(\\d+) requests in ([\\d.]+)(ms|s|m)\\b", output);
      double unit = total.group(3).equals("ms") ? 1e-3 : total.group(3).equals("m") ? 60 : 1;
      long answered = Long.parseLong(total.group(1));
      return new Requests(
          failures(output) + socketErrors,
          answered + socketErrors,
          unit * Double.parseDouble(total.group(2)));
    }

    /** ab counts a failure for each thing that is wrong with a request. */
    double succeededPerSecond() {
      return Math.max(0, all - failed) / seconds;
    }

    private static long failures(String output) {
      return FAILURE
          .matcher(output)
          .results()
          .mapToLong(match -> Long.parseLong(match.group(1)))
          .sum();
    }

    private static Matcher find(String pattern, String output) {
      Matcher matcher = Pattern.compile(pattern).matcher(output);
      if (!matcher.find()) {
        throw new IllegalArgumentException(
            "%s is not in what was printed:\n%s\nDoes the service answer?"
                .formatted(pattern, output));
      }
      return matcher;
    }
  }

  private void load(Stack stack, Run run, String service, ToolFor tool)
      throws IOException, InterruptedException {
    String address = Engine.start(stack.withoutDelays(scratch).create(service)).address();
    Starting.awaitOk(service, address, "/");
    Tool load = tool.at("http://%s/%s".formatted(address, service.equals("rng") ? "32" : ""));
    load.load(WARM_UP);
    Requests requests = load.load((int) length.toSeconds());
    run.add("load." + run.measurement().substring("load.".length()), requests.succeededPerSecond());
    if (requests.failed() > 0) {
      run.doubt(
          "had requests that failed", "%d of %d".formatted(requests.failed(), requests.all()));
    }
  }

  private Tool ab(String url, boolean post) throws IOException {
    Path body = Files.writeString(scratch.resolve("body"), BODY);
    return seconds -> {
      List<String> command = new ArrayList<>(List.of("ab", "-q", "-r", "-l", "-c", "8"));
      command.addAll(List.of("-t", "" + seconds, "-n", "100000000")); // in this order: -t sets -n
      if (post) {
        command.addAll(List.of("-p", body.toString(), "-T", "application/octet-stream"));
      }
      command.add(url);
      return Requests.ofAb(Command.run(command.toArray(String[]::new)));
    };
  }

  private Tool wrk(String url, boolean post) throws IOException {
    Path script = Files.writeString(scratch.resolve("post.lua"), post ? POST : "");
    return seconds ->
        Requests.ofWrk(
            Command.run("wrk", "-t1", "-c8", "-d" + seconds + "s", "-s", "" + script, url));
  }

  private double speed(Stack stack, int workers) throws IOException, InterruptedException {
    Stack undelayed = stack.withoutDelays(scratch);
    undelayed.compose("up", "-d", "--scale", "worker=" + workers);
    try (Redis redis = Redis.awaitMining(undelayed)) {
      Thread.sleep(length);
      return redis.speed(length.multipliedBy(2));
    }
  }
}
