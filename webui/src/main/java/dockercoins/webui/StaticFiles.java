package dockercoins.webui;

import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.staticfiles.Location;
import io.javalin.jetty.JettyResourceHandler;
import io.javalin.plugin.bundled.GlobalHeadersConfig;
import java.nio.file.Path;
import java.util.Map;

/** The files of the page, as they are on disk at that moment, and its libraries. */
final class StaticFiles {

  private final JettyResourceHandler handler = new JettyResourceHandler();
  private final Path folder;

  StaticFiles(Path folder) {
    this.folder = folder;
  }

  boolean exists(Context ctx) {
    return handler.canHandle(ctx);
  }

  void configure(JavalinConfig config) {
    config.bundledPlugins.enableGlobalHeaders(GlobalHeadersConfig::xContentTypeOptionsNoSniff);
    config.http.compressionStrategy = CompressionStrategy.GZIP;
    config.resourceHandler(handler);
    config.staticFiles.enableWebjars();
    config.staticFiles.add(
        files -> {
          files.location = Location.EXTERNAL;
          files.directory = folder.toString();
          files.headers = Map.of("Cache-Control", "no-cache"); // an edit shows at a reload
        });
  }
}
