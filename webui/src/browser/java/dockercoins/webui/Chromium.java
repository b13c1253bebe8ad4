package dockercoins.webui;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The installed Chromium. */
final class Chromium implements AutoCloseable {

  private final Playwright playwright;
  final Browser browser;

  Chromium() {
    Path path = Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium"));
    assertThat(path).as("Chromium: install it, or set CHROMIUM to its path").isExecutable();
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(path)
                    .setIgnoreDefaultArgs(List.of("--disable-back-forward-cache")));
  }

  @Override
  public void close() {
    playwright.close();
  }
}
