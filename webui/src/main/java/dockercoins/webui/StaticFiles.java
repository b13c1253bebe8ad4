package dockercoins.webui;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.plugin.bundled.GlobalHeadersConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Serves the files of the page as they are on disk at that moment, and its libraries. */
final class StaticFiles extends Handler.Wrapper {

  /** A larger file is not copied: the kernel sends it from its page cache. */
  static final int MAX_COPIED = 64 << 10;

  /** How many larger files stay mapped, so that all answers with a file share one mapping. */
  private static final int MAX_MAPPED = 16;

  private static final String LIBRARIES = "/webjars/";
  private static final String WELCOME = "index.html";

  private final Path folder;
  private final Set<String> endpoints;
  private final Map<String, ByteBuffer> libraries = new ConcurrentHashMap<>();
  private final Map<String, ByteBuffer> mapped =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, ByteBuffer> eldest) {
              return size() > MAX_MAPPED;
            }
          });

  /**
   * @param folder a real path
   * @param endpoints paths that are not those of files
   */
  StaticFiles(Path folder, Set<String> endpoints) {
    this.folder = folder;
    this.endpoints = endpoints;
  }

  void configure(JavalinConfig config) {
    config.bundledPlugins.enableGlobalHeaders(GlobalHeadersConfig::xContentTypeOptionsNoSniff);
    config.jetty.modifyServer(server -> server.insertHandler(this));
  }

  boolean exists(Context ctx) {
    HttpURI uri = HttpURI.from(ctx.path());
    return library(uri) != null || file(uri) != null;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    HttpURI uri = request.getHttpURI();
    if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
      return super.handle(request, response, callback);
    }
    URL library = library(uri);
    if (library != null) {
      serveLibrary(uri.getDecodedPath(), library, request, response, callback);
      return true;
    }
    Path file = file(uri);
    if (file != null) {
      serveFile(file, request, response, callback);
      return true;
    }
    return super.handle(request, response, callback);
  }

  /**
   * @return null if there is no such library
   */
  private static URL library(HttpURI uri) {
    String path = uri.getDecodedPath();
    if (uri.hasViolations() || !path.startsWith(LIBRARIES) || path.endsWith("/")) {
      return null;
    }
    String name = "/META-INF/resources" + path;
    boolean folder = StaticFiles.class.getResource(name + "/") != null;
    return folder ? null : StaticFiles.class.getResource(name);
  }

  /** Loads each library once, because all answers share its bytes. */
  private void serveLibrary(
      String path, URL library, Request request, Response response, Callback callback) {
    String type = contentType(path);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "max-age=31622400");
    // The path contains the version of the library, so it identifies the content.
    if (isUnchanged("%08x".formatted(path.hashCode()), type, request, response, callback)) {
      return;
    }
    boolean compressible = Answers.isCompressible(type, Integer.MAX_VALUE);
    boolean gzip = compressible && Answers.acceptsGzip(request);
    if (compressible) {
      response.getHeaders().put(HttpHeader.VARY, "Accept-Encoding");
    }
    if (gzip) {
      response.getHeaders().put(HttpHeader.CONTENT_ENCODING, "gzip");
    }
    ByteBuffer content =
        libraries.computeIfAbsent(gzip ? path + " gzip" : path, key -> load(library, gzip));
    response.write(true, content.duplicate(), callback);
  }

  private static ByteBuffer load(URL library, boolean gzip) {
    try (InputStream in = library.openStream()) {
      byte[] bytes = gzip ? Answers.gzip(in.readAllBytes()) : in.readAllBytes();
      return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Finds a file. Links are followed, but not out of the folder.
   *
   * @return null if there is no such file
   */
  private Path file(HttpURI uri) {
    String path = uri.getDecodedPath();
    if (uri.hasViolations() || path == null || !path.startsWith("/") || endpoints.contains(path)) {
      return null;
    }
    try {
      Path file = folder.resolve(path.substring(1));
      if (path.endsWith("/") || Files.isDirectory(file)) {
        file = file.resolve(WELCOME);
      }
      Path real = file.toRealPath();
      return real.startsWith(folder) && Files.isRegularFile(real) ? file : null;
    } catch (IOException | InvalidPathException e) {
      return null;
    }
  }

  private void serveFile(Path file, Request request, Response response, Callback callback)
      throws IOException {
    // The time of a file does not tell whether it has changed: a link may now lead to an older one.
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    byte[] bytes = attributes.size() > MAX_COPIED ? null : Files.readAllBytes(file);
    String version = bytes == null ? version(file, attributes) : version(bytes);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache"); // an edit shows at a reload
    String type = contentType(file.getFileName().toString());
    if (!isUnchanged(version, type, request, response, callback)) {
      response.write(true, bytes == null ? map(file, version) : ByteBuffer.wrap(bytes), callback);
    }
  }

  private static String version(byte[] bytes) {
    var checksum = new CRC32C();
    checksum.update(bytes);
    return "%x-%x".formatted(bytes.length, checksum.getValue());
  }

  private static String version(Path file, BasicFileAttributes attributes) throws IOException {
    int hash = Objects.hash(file.toRealPath(), attributes.fileKey(), attributes.lastModifiedTime());
    return "%x-%x".formatted(attributes.size(), hash);
  }

  private ByteBuffer map(Path file, String version) throws IOException {
    ByteBuffer content = mapped.get(version);
    if (content == null) {
      try (var channel = FileChannel.open(file)) {
        content = channel.map(MapMode.READ_ONLY, 0, channel.size());
      }
      mapped.put(version, content);
    }
    return content.duplicate();
  }

  /** Sets the headers of a file. If the client has this version of it, answers 304. */
  private static boolean isUnchanged(
      String version, String type, Request request, Response response, Callback callback) {
    response
        .getHeaders()
        .put(HttpHeader.CONTENT_TYPE, type)
        .put("X-Content-Type-Options", "nosniff")
        .put(HttpHeader.ETAG, "W/\"" + version + '"');
    boolean unchanged =
        request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH).stream()
            .anyMatch(known -> known.contains('"' + version + '"'));
    if (unchanged) {
      response.setStatus(304);
      callback.succeeded();
    }
    return unchanged;
  }

  private static String contentType(String name) {
    return Objects.requireNonNullElse(MimeTypes.DEFAULTS.getMimeByExtension(name), "text/plain");
  }
}
