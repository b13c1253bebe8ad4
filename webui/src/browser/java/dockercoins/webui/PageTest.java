package dockercoins.webui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in a browser, with a real server and a real Redis. */
class PageTest extends ServedPage {

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
    assertThat((List<?>) page.evaluate("shifts")).isEmpty();
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
  @CsvSource({"page-marks, 1280, 720", "page-phone-marks, 390, 844"})
  void keepsTheLabelsOfMarksApart(String name, int width, int height) {
    serve(0, 1, 2, 10, 2, 1);
    Page page = open(width, height, ColorScheme.LIGHT);
    assertThat(page.locator("#status")).hasText("live");
    assertThat(marks(page)).hasSize(4);
    screenshot(page, name);

    assertThat(ofChart(page, LABELS))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .containsExactly("apart", "apart", "apart", "apart");
  }

  /** Tells of each label whether it overlaps another one or leaves the graph. */
  private static final String LABELS =
      """
      ({ctx, options, scales, chartArea}) => {
        const marks = options.plugins.annotation.annotations.filter(({label}) => label.display);
        const boxes = marks.map(({xMin, label}) => {
          ctx.font = `bold ${label.font.size}px ${label.font.family}`;
          const half = Math.max(...label.content.map(text => ctx.measureText(text).width)) / 2;
          const x = scales.x.getPixelForValue(xMin) + label.xAdjust;
          return {left: x - half, right: x + half, y: label.yAdjust};
        });
        const overlap = (a, b) => a !== b && a.y === b.y && a.left < b.right && b.left < a.right;
        return boxes.map(a => boxes.some(b => overlap(a, b)) ? "overlaps"
          : a.left < chartArea.left || a.right > chartArea.right ? "leaves the graph" : "apart");
      }
      """;

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
    assertThat((List<?>) page.evaluate("shifts")).isEmpty();
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
}
