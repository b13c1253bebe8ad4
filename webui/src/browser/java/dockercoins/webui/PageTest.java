package dockercoins.webui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.playwright.AxeBuilder;
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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.RedisClient;
import redis.embedded.RedisServer;

/** The page in a browser, with a real server and a real Redis. */
class PageTest {

  private static final Path SCREENSHOTS = Path.of("target");
  private static Chromium chromium;

  @TempDir Path files;

  private int redisPort;
  private RedisServer redisServer;
  private RedisClient redis;
  private SimulatedWorkers workers;
  private WebServer server;
  private String url;
  private BrowserContext context;
  private final List<String> messages = new ArrayList<>();

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
  private void serve(int port, int... workersInEachMinute) {
    var progress =
        new Progress(URI.create("redis://localhost:" + redisPort), workers, workers::nanoTime);
    if (workersInEachMinute.length > 0) {
      workers.work(progress, workersInEachMinute);
    }
    server = Webui.server(new Settings(port, null, files, false), progress).start();
  }

  private Page open(int width, int height, ColorScheme colours) {
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
        window.shift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(entry => shift += entry.value))
          .observe({type: "layout-shift", buffered: true});
        """);
    url = "http://localhost:%d/".formatted(server.port());
    Page page = context.newPage();
    page.navigate(url);
    return page;
  }

  private Page open() {
    return open(1280, 720, ColorScheme.LIGHT);
  }

  private static void screenshot(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  @ParameterizedTest
  @CsvSource({
    "page-light, 1280, 720, LIGHT",
    "page-dark, 1280, 720, DARK",
    "page-large, 1920, 1080, DARK",
    "page-phone, 390, 844, LIGHT",
    "page-phone-dark, 390, 844, DARK"
  })
  void fitsOneScreenAndIsAccessible(String name, int width, int height, ColorScheme colours) {
    serve(0, 1, 1, 2, 2, 10);
    Page page = open(width, height, colours);
    assertThat(page.locator("#status")).hasText("live");
    assertThat(page.locator("#speed")).hasText("10.0");
    screenshot(page, name);

    assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
    assertThat(page.evaluate("document.documentElement.scrollHeight")).isEqualTo(height);
    assertThat(new AxeBuilder(page).analyze().getViolations()).isEmpty();
    assertThat(page.evaluate("shift")).isEqualTo(0);
  }

  @Test
  void showsASteadySpeedOfOneWorker() {
    serve(0, 1);
    Page page = open();
    assertThat(page.locator("#status")).hasText("live");

    // Samples and reports repeat their pattern every 6 s. The test watches it three times.
    await()
        .during(18, SECONDS)
        .atMost(30, SECONDS)
        .pollInSameThread()
        .untilAsserted(
            () ->
                assertThat(Double.parseDouble(page.locator("#speed").textContent()))
                    .isCloseTo(1 / 0.3, Percentage.withPercentage(2)));
    assertThat(seconds(page)).contains(4.0, 0.0);
  }

  @Test
  void marksChangesOfSpeed() {
    serve(0, 1, 1, 2);
    Page page = open();
    assertThat(page.locator("#summary"))
        .containsText(Pattern.compile("from 3[.]. to 6[.][5-8][.]$"));
    assertThat(marks(page)).singleElement().asString().matches("3[.]. → 6[.][5-8]");

    workers.scale(10);
    assertThat(page.locator("#summary")).containsText(Pattern.compile("from 6[.]. to 10[.]$"));
    await()
        .during(10, SECONDS) // no further mark appears when the speed settles
        .atMost(20, SECONDS)
        .pollInSameThread()
        .untilAsserted(() -> assertThat(marks(page)).hasSize(2));

    workers.scale(0);
    assertThat(page.locator("#speed")).hasText("0.00");
    assertThat(page.locator("#summary")).containsText(Pattern.compile("from 10 to 0[.]0[.]$"));
    assertThat(marks(page)).hasSize(3);
    screenshot(page, "page-no-worker");
  }

  @ParameterizedTest
  @CsvSource({"page, 1280, 720", "page-phone, 390, 844"})
  void showsThatRedisIsAwayAndRecovers(String name, int width, int height) throws IOException {
    serve(0, 1);
    Page page = open(width, height, ColorScheme.LIGHT);
    assertThat(page.locator("#status")).hasText("live");

    redisServer.stop();
    assertThat(page.locator("#status"))
        .hasText(
            Pattern.compile(
                "Redis away since [0-9:]{8}: localhost:%d: Connection refused"
                    .formatted(redisPort)));
    assertThat(page.locator("#speed")).hasText("–");
    await()
        .pollInSameThread()
        .untilAsserted(() -> assertThat(secondsWithoutData(page)).isGreaterThan(5));
    screenshot(page, name + "-redis-away");

    redisServer.start();
    assertThat(page.locator("#status")).hasText("live");
    assertThat(page.locator("#speed")).hasText(Pattern.compile("3[.][0-9]{2}"));
    assertThat(gaps(page)).isEqualTo(1);
    screenshot(page, name + "-gap");
    assertThat(page.evaluate("shift")).isEqualTo(0);
  }

  @Test
  void keepsItsSamplesWhileTheServerIsAwayAndOverAReload() {
    serve(0, 1, 1);
    Page page = open();
    assertThat(page.locator("#status")).hasText("live");
    int port = server.port();

    server.stop();
    assertThat(page.locator("#status")).hasText(Pattern.compile("reconnecting since [0-9:]{8}"));
    assertThat(page.locator("#speed")).hasText("–");
    await()
        .pollInSameThread()
        .untilAsserted(() -> assertThat(secondsWithoutData(page)).isGreaterThan(5));
    screenshot(page, "page-webui-away");
    serve(port);
    assertThat(page.locator("#status")).hasText("live");
    page.reload();
    assertThat(page.locator("#status")).hasText("live");
    assertThat(page.locator("#speed")).hasText(Pattern.compile("3[.][0-9]{2}"));
    assertThat(seconds(page)).hasSizeGreaterThan(120);
    assertThat(gaps(page)).isEqualTo(1);
  }

  @Test
  void showsAnEditedFileAfterAReload() throws IOException {
    serve(0, 10);
    Page page = open();
    double before = widthOfLabels(page);

    Path index = files.resolve("index.html");
    Files.writeString(index, Files.readString(index).replace("15px", "50px"));
    page.reload();
    assertThat(page.locator("#status")).hasText("live");

    assertThat(widthOfLabels(page)).isGreaterThan(2 * before);
    screenshot(page, "page-50px");
  }

  @Test
  void followsTheThemeOfTheSystemUntilTheUserChoosesOne() {
    serve(0, 1);
    Page page = open(1280, 720, ColorScheme.DARK);
    String dark = background(page);
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    String light = background(page);
    assertThat(light).isNotEqualTo(dark);
    assertThat(page.getByLabel("Dark")).not().isChecked();

    page.getByLabel("Dark").focus();
    page.keyboard().press("Space");
    assertThat(background(page)).isEqualTo(dark);
    page.reload();
    assertThat(background(page)).isEqualTo(dark);
    assertThat(page.getByLabel("Dark")).isChecked();
  }

  @Test
  void hidesTheLineOfEachSecond() {
    serve(0, 1);
    Page page = open();
    page.getByLabel("each second").uncheck();
    assertThat(ofChart(page, "chart => chart.isDatasetVisible(1)")).isEqualTo(false);
    screenshot(page, "page-without-seconds");
    page.getByLabel("each second").check();
    assertThat(ofChart(page, "chart => chart.isDatasetVisible(1)")).isEqualTo(true);
  }

  @Test
  void worksInAFrameOfAnotherSite() throws IOException {
    serve(0, 1);
    Page page = open();
    Files.writeString(
        files.resolve("slide.html"),
        "<!doctype html><link rel='icon' href='data:,'><iframe src='%s'></iframe>".formatted(url));
    page.navigate(url.replace("localhost", "127.0.0.1") + "slide.html");

    assertThat(page.frameLocator("iframe").locator("#status")).hasText("live");
    assertThat(messages).singleElement().asString().endsWith("slide.html");
    messages.clear();
  }

  @Test
  void allowsInlineScriptsAndStylesInAnotherPage() throws IOException {
    Files.writeString(
        files.resolve("index.html"),
        """
        <!doctype html><title>mine</title><link rel="icon" href="data:,">
        <p style="color: red"></p>
        <script>
          fetch("json").then(answer => answer.json()).then(counts =>
            document.querySelector("p").textContent = Object.keys(counts));
        </script>
        """);
    serve(0, 1);

    assertThat(open().locator("p")).hasText("coins,hashes,now");
  }

  private static Object ofChart(Page page, String function) {
    return page.evaluate(
        "(%s)(Chart.getChart(document.querySelector('canvas')))".formatted(function));
  }

  private static double widthOfLabels(Page page) {
    return ((Number) ofChart(page, "chart => chart.scales.y.width")).doubleValue();
  }

  @SuppressWarnings("unchecked")
  private static List<Double> seconds(Page page) {
    return ((List<Number>) ofChart(page, "chart => chart.data.datasets[1].data.map(p => p.y)"))
        .stream().map(Number::doubleValue).toList();
  }

  /** Each line begins with a point that has no value, and has another one after each gap. */
  private static long gaps(Page page) {
    return seconds(page).stream().filter(value -> value.isNaN()).count() - 1;
  }

  /** The seconds between the last point and the right edge of the graph. */
  private static double secondsWithoutData(Page page) {
    return ((Number)
            ofChart(page, "chart => chart.scales.x.max - chart.data.datasets[1].data.at(-1).x"))
        .doubleValue();
  }

  @SuppressWarnings("unchecked")
  private static List<String> marks(Page page) {
    return (List<String>)
        ofChart(
            page,
            "chart => chart.options.plugins.annotation.annotations.map(a => a.label.content[1])");
  }

  private static String background(Page page) {
    return (String) page.evaluate("getComputedStyle(document.body).backgroundColor");
  }
}
