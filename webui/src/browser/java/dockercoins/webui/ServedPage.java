package dockercoins.webui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

/** Starts a browser, webui, a real Redis and simulated workers for the tests of the page. */
abstract class ServedPage {

  static final Path SCREENSHOTS = Path.of("target");
  static Chromium chromium;

  @TempDir Path files;

  int redisPort;
  RedisServer redisServer;
  RedisClient redis;
  SimulatedWorkers workers;
  volatile Duration clockStep = Duration.ZERO; // by how much somebody has set the clock of webui
  WebServer server;
  String url;
  BrowserContext context;
  final List<String> messages = new ArrayList<>();

  @BeforeAll
  static void launch() {
    chromium = new Chromium();
    PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
  }

  @AfterAll
  static void quit() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void start() throws IOException {
    try (var folder = Files.newDirectoryStream(Path.of("files"))) {
      for (Path file : folder) {
        Files.copy(file, files.resolve(file.getFileName()));
      }
    }
    try (var socket = new ServerSocket(0)) {
      redisPort = socket.getLocalPort();
    }
    redisServer =
        RedisServer.builder()
            .port(redisPort)
            .setting("appendonly yes")
            .setting("dir " + files)
            .build();
    redisServer.start();
    redis = RedisClient.create("localhost", redisPort);
    workers = new SimulatedWorkers(redis);
  }

  @AfterEach
  void stop() throws IOException {
    context.close();
    server.stop();
    workers.close();
    redis.close();
    redisServer.stop();
    assertThat(messages).isEmpty();
  }

  /** Starts a server that has watched the given number of workers in each of the last minutes. */
  void serve(int port, int... workersInEachMinute) {
    var progress =
        new Progress(
            URI.create("redis://localhost:" + redisPort),
            () -> workers.instant().plus(clockStep),
            workers::nanoTime);
    if (workersInEachMinute.length > 0) {
      workers.work(progress, workersInEachMinute);
    }
    server = Webui.server(new Settings(port, null, files, false), progress).start();
  }

  Page open(int port, int width, int height, ColorScheme colours) {
    context =
        chromium.browser.newContext(
            new Browser.NewContextOptions().setViewportSize(width, height).setColorScheme(colours));
    context.onConsoleMessage(message -> messages.add(message.type() + ": " + message.text()));
    context.onWebError(error -> messages.add(error.error()));
    context.onRequest(
        request -> {
          if (!request.url().startsWith(url)) {
            messages.add("request of " + request.url());
          }
        });
    context.addInitScript(
        """
        window.shifts = [];
        const rectangle = ({x, y, width, height}) => [x, y, width, height].join(" ");
        new PerformanceObserver(list => list.getEntries().forEach(({value, sources}) => {
          const moves = sources.map(({node, previousRect, currentRect}) =>
            `${node?.outerHTML} from ${rectangle(previousRect)} to ${rectangle(currentRect)}`);
          shifts.push(`${value}: ${moves.join("; ")}`);
        })).observe({type: "layout-shift", buffered: true});
        """);
    url = "http://localhost:%d/".formatted(port);
    Page page = context.newPage();
    page.navigate(url);
    return page;
  }

  Page open(int width, int height, ColorScheme colours) {
    return open(server.port(), width, height, colours);
  }

  Page open() {
    return open(1280, 720, ColorScheme.LIGHT);
  }

  static void screenshot(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  static Object ofChart(Page page, String function) {
    return page.evaluate(
        "(%s)(Chart.getChart(document.querySelector('canvas')))".formatted(function));
  }

  static double widthOfLabels(Page page) {
    return ((Number) ofChart(page, "chart => chart.scales.y.width")).doubleValue();
  }

  @SuppressWarnings("unchecked")
  static List<Double> seconds(Page page) {
    return ((List<Number>) ofChart(page, "chart => chart.data.datasets[1].data.map(p => p.y)"))
        .stream().map(Number::doubleValue).toList();
  }

  /** Each line begins with a point that has no value, and has another one after each gap. */
  static long gaps(Page page) {
    return seconds(page).stream().filter(value -> value.isNaN()).count() - 1;
  }

  /** The seconds between the last point and the right edge of the graph. */
  static double secondsWithoutData(Page page) {
    return ((Number)
            ofChart(page, "chart => chart.scales.x.max - chart.data.datasets[1].data.at(-1).x"))
        .doubleValue();
  }

  @SuppressWarnings("unchecked")
  static List<String> marks(Page page) {
    return (List<String>)
        ofChart(
            page,
            "chart => chart.options.plugins.annotation.annotations.map(a => a.label.content[1])");
  }

  static String background(Page page) {
    return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
  }
}
