package dockercoins.webui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arithmetic of speed.js, on a simulated counter. */
class SpeedTest {

  private static final int ONE_WORKER_MS = 1200; // between two reports, of four hashes each
  private static final int TWO_WORKERS_MS = 600;
  private static final int THREE_WORKERS_MS = 400;
  private static final int NO_WORKER_MS = Integer.MAX_VALUE;
  private static final int TICK_MS = 50;

  private static Chromium chromium;
  private static Page page;

  private final List<List<Double>> samples = new ArrayList<>();
  private long nowMs;
  private double hashes;
  private Double changed;

  @BeforeAll
  static void loadSpeedJs() throws IOException {
    chromium = new Chromium();
    page = chromium.browser.newPage();
    // Playwright passes null as undefined, so the page replaces it.
    page.evaluate(
        """
        async source => {
          window.speed = await import("data:text/javascript," + encodeURIComponent(source));
          window.analyze = rows => speed.analyze(rows.map(
            ([now, hashes, changed]) => ({now, hashes, changed: changed || null})));
        }
        """,
        Files.readString(Path.of("files/speed.js")));
  }

  @AfterAll
  static void quit() {
    if (chromium != null) {
      chromium.close();
    }
  }

  /** Samples the counter once a second, while it gains four hashes in each period. */
  private void mine(int seconds, int periodMs) {
    long nextReport = nowMs + periodMs;
    for (long end = nowMs + seconds * 1000L; nowMs < end; ) {
      nowMs += TICK_MS;
      if (nowMs == nextReport) {
        hashes += 4;
        changed = nowMs / 1000.0;
        nextReport += periodMs;
      }
      if (nowMs % 1000 == 0) {
        samples.add(Arrays.asList(nowMs / 1000.0, hashes, changed));
      }
    }
  }

  @Test
  void measuresTheSpeedOfOneWorker() {
    mine(60, ONE_WORKER_MS);

    assertThat(values("mean").subList(10, 61))
        .allSatisfy(speed -> assertThat(speed).isCloseTo(4 / 1.2, Percentage.withPercentage(1)));
  }

  @Test
  void showsWhatTheCounterGainedInEachSecond() {
    mine(12, ONE_WORKER_MS);

    assertThat(values("seconds").subList(1, 12)).containsOnly(4.0, 0.0);
  }

  @Test
  void needsFourSecondsToMeasureASpeed() {
    mine(6, ONE_WORKER_MS); // The reports at 1.2 s and 6 s are the first two over 4 s apart.

    assertThat(values("mean").subList(0, 6)).containsOnly(Double.NaN);
    assertThat(values("mean").getLast()).isCloseTo(4 / 1.2, Percentage.withPercentage(1));
  }

  @Test
  void measuresNoSpeedWithoutWorkers() {
    mine(30, ONE_WORKER_MS);
    mine(15, NO_WORKER_MS);

    assertThat(values("mean").getLast()).isZero();
  }

  @Test
  void findsWhenTheSpeedChanged() {
    mine(60, ONE_WORKER_MS);
    mine(60, TWO_WORKERS_MS);

    assertThat(numbers("analyze(rows).steps.flatMap(({t, from, to}) => [t, from, to])"))
        .satisfiesExactly(
            t -> assertThat(t).isCloseTo(60, within(1.0)),
            from -> assertThat(from).isCloseTo(4 / 1.2, Percentage.withPercentage(5)),
            to -> assertThat(to).isCloseTo(4 / 0.6, Percentage.withPercentage(5)));
  }

  @Test
  void ignoresASpeedThatDoesNotLast() {
    mine(60, THREE_WORKERS_MS);
    mine(8, TWO_WORKERS_MS);
    mine(60, THREE_WORKERS_MS);

    assertThat(numbers("analyze(rows).steps.map(({t}) => t)")).isEmpty();
  }

  @Test
  void ignoresAChangeOfLessThanAFifth() {
    mine(60, THREE_WORKERS_MS);
    mine(60, THREE_WORKERS_MS - TICK_MS);

    assertThat(numbers("analyze(rows).steps.map(({t}) => t)")).isEmpty();
  }

  @Test
  void interruptsTheLinesAtALongPause() {
    mine(30, ONE_WORKER_MS);
    nowMs += 3000;
    mine(30, ONE_WORKER_MS);

    assertThat(values("seconds")).filteredOn(gain -> gain.isNaN()).hasSize(2);
  }

  @Test
  void interruptsTheLinesWhenTheCounterIsReset() {
    mine(30, ONE_WORKER_MS);
    hashes = 0;
    mine(30, ONE_WORKER_MS);

    assertThat(values("seconds")).filteredOn(gain -> gain.isNaN()).hasSize(2);
  }

  @Test
  void keepsTheSamplesOfTheGraphAndOfItsFirstMean() {
    assertThat(
            numbers(
                "[10, 20, 300, 321].map(now => ({now})).reduce(speed.addSample, []).map(s => s.now)"))
        .containsExactly(20.0, 300.0, 321.0);
  }

  @Test
  void dropsLaterSamplesWhenTheClockIsSetBack() {
    assertThat(
            numbers(
                "[10, 20, 30, 15].map(now => ({now})).reduce(speed.addSample, []).map(s => s.now)"))
        .containsExactly(10.0, 15.0);
  }

  @Test
  void keepsTheGraphWhenTheServerMovesItsSamples() {
    mine(300, ONE_WORKER_MS);

    // The samples come again, 0.3 s earlier, after the page has the first 290.
    assertThat(
            numbers(
                """
                speed.analyze(
                    [...rows.slice(0, 290), ...rows.map(([now, ...counts]) => [now - 0.3, ...counts])]
                      .map(([now, hashes]) => ({now, hashes, changed: null}))
                      .reduce(speed.addSample, []))
                  .seconds.map(({y}) => y)
                """))
        .hasSize(300)
        .filteredOn(gain -> !gain.isNaN())
        .hasSize(299)
        .allSatisfy(gain -> assertThat(gain).isBetween(-0.01, 4.01));
  }

  @Test
  void measuresTheSpeedIfAChangeIsLaterThanItsSample() {
    mine(30, ONE_WORKER_MS);
    changed = 1e9;
    mine(1, NO_WORKER_MS);
    mine(30, ONE_WORKER_MS);

    assertThat(values("mean").getLast()).isCloseTo(4 / 1.2, Percentage.withPercentage(3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{now: 1448000000.123, hashes: 200, coins: 12, changed: null}",
        "{now: 0, hashes: -200, coins: 0, changed: 1448000000}",
        "{now: 1, hashes: 9223372036854775807, coins: 0, changed: 0, more: {}}"
      })
  void acceptsASample(String value) {
    assertThat(page.evaluate("speed.isSample(" + value + ")")).isEqualTo(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "undefined",
        "5",
        "'text'",
        "[]",
        "{}",
        "{hashes: 1, coins: 1, changed: null}",
        "{now: 1, hashes: 1, coins: 1}",
        "{now: '1', hashes: 1, coins: 1, changed: null}",
        "{now: 1, hashes: null, coins: 1, changed: null}",
        "{now: 1, hashes: 1, coins: NaN, changed: null}",
        "{now: 1, hashes: 1, coins: 1, changed: Infinity}",
        "{now: 1, hashes: 1e300, coins: 1, changed: null}",
        "{now: -1, hashes: 1, coins: 1, changed: null}",
        "{now: 1e11, hashes: 1, coins: 1, changed: null}"
      })
  void refusesAValueThatIsNoSample(String value) {
    assertThat(page.evaluate("speed.isSample(" + value + ")")).isEqualTo(false);
  }

  @ParameterizedTest
  @CsvSource({"0, 5", "3.33, 5", "10, 15", "30, 40", "83, 100", "84, 200", "215, 300"})
  void endsTheScaleAtARoundNumber(double speed, double max) {
    assertThat(numbers("[speed.axisMax(%s)]".formatted(speed))).containsExactly(max);
  }

  private List<Double> values(String line) {
    return numbers("analyze(rows).%s.map(({y}) => y)".formatted(line));
  }

  @SuppressWarnings("unchecked")
  private List<Double> numbers(String expression) {
    return ((List<Number>) page.evaluate("rows => " + expression, samples))
        .stream().map(Number::doubleValue).toList();
  }
}
