package dockercoins.webui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitUntilState;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The page behind a gateway that answers wrongly, and with a browser or a clock that fails. */
class PageFaultTest extends ServedPage {

  private static final String CHART = "/webjars/chart.js/4.5.1/dist/chart.umd.min.js";
  private static final String ANNOTATION =
      "/webjars/chartjs-plugin-annotation/3.1.0/dist/chartjs-plugin-annotation.min.js";

  private Gateway gateway;
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void stopGateway() {
    end.countDown();
    gateway.close();
  }

  private Page openThroughGateway() throws IOException {
    serve(0, 1);
    gateway = new Gateway(server.port());
    return open(gateway.port(), 1280, 720, ColorScheme.LIGHT);
  }

  private static void assertLive(Page page) {
    assertThat(page.locator("#status")).hasText("live");
    assertThat(page.locator("#speed")).hasText(Pattern.compile("^3[.][0-9]{2}$"));
  }

  private static void assertStatus(Page page, String regex) {
    assertThat(page.locator("#status")).hasText(Pattern.compile("^" + regex + "$"));
    assertThat(page.locator("#status")).hasClass("problem");
  }

  @Test
  void saysWhatIsWrongWithAnAnswerAndAsksAgain() throws IOException {
    Page page = openThroughGateway();
    for (var answer :
        new String[][] {
          {"503", "{\"error\":\"no healthy upstream\"}", "webui answers 503"},
          {"404", "<html>not here</html>", "webui answers 404"},
          {"204", "", "webui answers 204|the answer is not from webui"},
          {"200", "<!doctype html><p>Log in", "the answer is not from webui"},
          {"200", "", "the answer is not from webui"},
          {"200", "null", "the answer is not from webui"},
          {"200", "5", "the answer is not from webui"},
          {"200", "\"samples\"", "the answer is not from webui"},
          {"200", "[]", "the answer is not from webui"},
          {"200", "{}", "the answer is not from webui"},
          {"200", "{\"error\":null}", "the answer is not from webui"},
          {"200", history("null", "null"), "the answer is not from webui"},
          {"200", history("{\"length\":1}", "null"), "the answer is not from webui"},
          {"200", history("[null]", "null"), "the answer is not from webui"},
          {"200", history("[[]]", "null"), "the answer is not from webui"},
          {"200", history("[]", "{\"code\":5}"), "the answer is not from webui"},
          {"200", "{\"samples\":[]}", "the answer is not from webui"},
          {"200", history("[" + sample("\"1\"", "1", "1", "1") + "]", "null"), "the answer .*"},
          {"200", history("[" + sample("1", "NaN", "1", "1") + "]", "null"), "the answer .*"},
          {"200", history("[" + sample("1", "1", "1e999", "1") + "]", "null"), "the answer .*"},
          {"200", history("[" + sample("-1", "1", "1", "1") + "]", "null"), "the answer .*"},
          {"200", history("[" + sample("1e18", "1", "1", "1") + "]", "null"), "the answer .*"},
          {"200", history("[" + sample("1", "1", "1", "\"\"") + "]", "null"), "the answer .*"},
          {"200", history("[{\"now\":1,\"hashes\":2}]", "null"), "the answer .*"},
        }) {
      assertLive(page);
      gateway.answer("/history", Integer.parseInt(answer[0]), "application/json", answer[1]);
      assertStatus(page, "reconnecting since [0-9:]{8}: (" + answer[2] + ")");
      assertThat(page.locator("#speed")).hasText("–");
      gateway.passAll();
    }
    assertLive(page);
    assertThat(seconds(page)).hasSizeGreaterThan(60);
  }

  private static String history(String samples, String error) {
    return "{\"samples\":%s,\"error\":%s}".formatted(samples, error);
  }

  private static String sample(String now, String hashes, String coins, String changed) {
    return "{\"now\":%s,\"hashes\":%s,\"coins\":%s,\"changed\":%s}"
        .formatted(now, hashes, coins, changed);
  }

  @Test
  void recoversFromSamplesThatAreOutOfOrderOrFromTheFuture() throws IOException {
    Page page = openThroughGateway();
    assertLive(page);
    gateway.answer(
        "/history",
        200,
        "application/json",
        history(
            "[%s,%s,%s,%s]"
                .formatted(
                    sample("4e9", "7", "-1", "5e9"),
                    sample("12", "1e18", "1", "null"),
                    sample("11", "-5", "1", "9e10"),
                    sample("11", "9223372036854775807", "1", "-1")),
            "null"));

    assertThat(page.locator("#hashes")).hasText("9,223,372,036,854,776,000");
    assertStatus(page, "no new numbers since [0-9:]{8}: webui answers, but .*");
    gateway.passAll();
    assertLive(page);
    assertThat(seconds(page)).hasSizeGreaterThan(60);
  }

  @Test
  void saysThatAnAnswerNeverEndsOrIsTooLong() throws IOException {
    Page page = openThroughGateway();
    HttpHandler silent = exchange -> waitFor(end);
    HttpHandler endless =
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('{');
          exchange.getResponseBody().flush();
          waitFor(end);
        };
    HttpHandler huge =
        exchange -> {
          exchange.sendResponseHeaders(200, 100_000_000);
          for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write(" ".repeat(1_000_000).getBytes());
          }
        };
    for (var answer :
        Map.of(
                silent,
                "webui does not answer",
                endless,
                "webui does not answer",
                huge,
                "the answer is not from webui")
            .entrySet()) {
      assertLive(page);
      gateway.answer("/history", answer.getKey());
      assertStatus(page, "reconnecting since [0-9:]{8}: " + answer.getValue());
      gateway.passAll();
    }
    assertLive(page);
  }

  private static void waitFor(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void saysThatItsWebWorkerDoesNotLoadOrDiedAndStartsAnother() throws IOException {
    Page page = openThroughGateway();
    assertLive(page);
    page.workers().getFirst().evaluate("close()");
    assertStatus(page, "reconnecting since [0-9:]{8}: ask.js did not load, or does not answer");
    assertLive(page);

    gateway.answer("/ask.js", 503, "application/json", "{}");
    page.reload();
    assertStatus(page, "reconnecting since [0-9:]{8}: ask.js did not load, or does not answer");
    screenshot(page, "page-without-worker");
    gateway.answer("/ask.js", 200, "text/html", "<!doctype html><p>Log in");
    assertStatus(page, "reconnecting since [0-9:]{8}: ask.js did not load, or does not answer");
    gateway.passAll();
    assertLive(page);
    assertThat(seconds(page)).hasSizeGreaterThan(60);
    messages.clear(); // The browser reports the files that did not load.
  }

  @ParameterizedTest
  @ValueSource(strings = {CHART, "/speed.js", "/page.js"})
  void saysWhichFileDidNotLoadAndReloads(String path) throws IOException {
    Page page = openThroughGateway();
    String file = path.substring(path.lastIndexOf('/') + 1);

    gateway.answer(path, 503, "application/json", "{\"error\":\"no healthy upstream\"}");
    page.reload();
    assertStatus(page, file + " did not load: the page tries again every 3 s");
    screenshot(page, "page-without-" + file);
    gateway.passAll();
    assertLive(page);

    gateway.answer(path, 200, "text/javascript", "<!doctype html><p>Log in");
    context.newCDPSession(page).send("Network.clearBrowserCache");
    page.reload();
    assertStatus(page, file + ", line 1: .*SyntaxError.*: the page tries again every 3 s");
    gateway.passAll();
    assertLive(page);

    gateway.answer(path, exchange -> exchange.sendResponseHeaders(200, 1000)); // and breaks off
    page.reload();
    assertStatus(page, file + " did not load: the page tries again every 3 s");
    gateway.passAll();
    assertLive(page);
    messages.clear();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/style.css", ANNOTATION})
  void worksWithoutItsStyleOrMarksUntilTheyLoad(String path) throws IOException {
    Page page = openThroughGateway();

    gateway.answer(path, 503, "application/json", "{}");
    page.reload();
    assertLive(page);
    page.waitForNavigation(() -> gateway.passAll());
    assertThat(background(page)).isEqualTo("rgb(246, 248, 250)");
    assertThat(page.evaluate("'chartjs-plugin-annotation' in window")).isEqualTo(true);
    assertLive(page);
    messages.clear();
  }

  @Test
  void asksForAReloadWithoutAnyScript() throws IOException {
    Page page = openThroughGateway();
    for (String path : new String[] {"/load.js", "/page.js", CHART}) {
      gateway.answer(path, 503, "application/json", "{}");
    }
    page.reload();

    assertStatus(page, "loading: reload the page if this stays");
    gateway.passAll();
    page.reload();
    assertLive(page);
    messages.clear();
  }

  @Test
  void reloadsWhenAFileNeverEnds() throws IOException {
    Page page = openThroughGateway();
    gateway.answer("/page.js", exchange -> waitFor(end));
    page.evaluate("location.reload()");

    assertStatus(page, "loading: reload the page if this stays");
    page.waitForCondition(
        () -> page.locator("#status").textContent().startsWith("The page did not load"),
        new Page.WaitForConditionOptions().setTimeout(40_000));
    gateway.passAll();
    assertLive(page);
    messages.clear();
  }

  @Test
  void ignoresRubbishInTheStorage() throws IOException {
    Page page = openThroughGateway();
    page.addInitScript( // window.name survives a reload
        """
        if (window.name) {
          sessionStorage.setItem("dockercoins", window.name);
          localStorage.setItem("theme", window.name);
        }
        """);
    for (String rubbish :
        new String[] {
          "5",
          "null",
          "{",
          "[null]",
          "[1, 2]",
          sample("1", "1", "1", "null"),
          "[" + sample("\"1\"", "1", "1", "null") + "]",
          "[" + sample("1", "1", "1", "null") + "]",
          "[" + sample("9e10", "1", "1", "null") + "]",
          "[" + sample("1e300", "1", "1", "null") + "]"
        }) {
      page.evaluate("text => window.name = text", rubbish);
      page.reload();

      assertLive(page);
      assertThat(seconds(page)).hasSizeGreaterThan(60);
      assertThat(page.evaluate("'theme' in document.documentElement.dataset")).isEqualTo(false);
    }
  }

  @Test
  void worksWhenTheBrowserGoesBackToIt() throws IOException {
    Page page = openThroughGateway();
    assertLive(page);
    page.evaluate("window.kept = true");
    page.navigate(url + "json");
    page.goBack(new Page.GoBackOptions().setWaitUntil(WaitUntilState.COMMIT));

    assertThat(page.evaluate("window.kept")).as("the browser kept the page").isEqualTo(true);
    String before = page.locator("#hashes").textContent();
    assertThat(page.locator("#hashes")).not().hasText(before);
    assertLive(page);
    messages.clear(); // The page /json has no icon.
  }

  @Test
  void worksAfterTheBrowserHasFrozenIt() throws IOException {
    Page page = openThroughGateway();
    assertLive(page);
    var browser = context.newCDPSession(page);
    for (String state : new String[] {"frozen", "active"}) {
      var parameters = new JsonObject();
      parameters.addProperty("state", state);
      browser.send("Page.setWebLifecycleState", parameters);
    }
    String before = page.locator("#hashes").textContent();
    assertThat(page.locator("#hashes")).not().hasText(before);
    assertLive(page);
  }

  @ParameterizedTest
  @CsvSource({"-300, 0", "-3600000, 0", "600, 0", "60000, 2"})
  void keepsItsGraphWhenTheClockOfWebuiIsSet(long step, int gaps) throws IOException {
    Page page = openThroughGateway();
    assertLive(page);
    setClockTwice(page, step);

    assertThat(seconds(page)).hasSizeGreaterThan(60);
    assertThat(gaps(page)).isEqualTo(gaps);
    assertThat(seconds(page)).filteredOn(speed -> speed > 5).isEmpty();
    assertThat(marks(page)).isEmpty();
    screenshot(page, "page-clock" + step);
  }

  @Test
  void startsAnewWhenTheClockOfWebuiIsSetForwardByAnHour() throws IOException {
    Page page = openThroughGateway();
    assertLive(page);
    setClockTwice(page, 3_600_000);

    assertThat(seconds(page)).hasSizeLessThan(60);
  }

  private void setClockTwice(Page page, long stepMillis) {
    for (int i = 0; i < 2; i++) {
      clockStep = clockStep.plusMillis(stepMillis);
      Instant set = workers.instant().plus(clockStep);
      // Five samples later, the step is no longer the last thing that the page has seen.
      await()
          .pollInSameThread()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(lastTime(page) - set.toEpochMilli() / 1000.0).isBetween(5.0, 19.0));
      assertLive(page);
    }
  }

  private static double lastTime(Page page) {
    return ((Number) ofChart(page, "chart => chart.data.datasets[1].data.at(-1).x")).doubleValue();
  }
}
