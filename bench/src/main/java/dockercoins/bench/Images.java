package dockercoins.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** How large the images are, and what a change of the code costs. */
final class Images {

  private static final double MB = 1e6;

  private final Path scratch;

  Images(Path scratch) {
    this.scratch = scratch;
  }

  List<Measurement> measurements() {
    List<Figure> sizes = new ArrayList<>();
    for (String service : Stack.SERVICES) {
      sizes.add(
          Figure.less("image." + service, "MB", "all layers but the first, the operating system"));
    }
    sizes.add(
        Figure.less("image.disk", "MB", "of all four, each layer once, without the first ones"));
    sizes.add(Figure.less("image.pull", "MB", "the same, compressed"));
    List<Measurement> measurements = new ArrayList<>();
    measurements.add(new Measurement("image", sizes, false, this::sizes));
    for (String service : Stack.SERVICES) {
      measurements.add(
          new Measurement(
              "edit." + service,
              List.of(
                  Figure.less(
                      "edit." + service, "s", "docker compose build after blank lines were added"),
                  Figure.less(
                      "edit.%s.changed".formatted(service),
                      "MB",
                      "layers that are not in the image before")),
              true,
              (stack, run) -> edit(stack, run, service)));
    }
    return measurements;
  }

  /** A layer that is not the first of its image. */
  record Layer(long size, long compressed) {}

  private void sizes(Stack stack, Run run) throws IOException, InterruptedException {
    Map<String, Layer> all = new LinkedHashMap<>();
    for (String service : Stack.SERVICES) {
      Map<String, Layer> layers = layers(stack.image(service), Set.of());
      run.add("image." + service, megabytes(layers));
      all.putAll(layers);
    }
    run.add("image.disk", megabytes(all));
    run.add("image.pull", all.values().stream().mapToLong(Layer::compressed).sum() / MB);
  }

  private static double megabytes(Map<String, Layer> layers) {
    return layers.values().stream().mapToLong(Layer::size).sum() / MB;
  }

  /** By digest, those that are not known. */
  private Map<String, Layer> layers(String image, Set<String> known)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(scratch, "image");
    Path archive = folder.resolve("image.tar");
    Command.run("docker", "save", "-o", archive.toString(), image);
    Command.run("tar", "xf", archive.toString(), "-C", folder.toString());
    var json = new ObjectMapper();
    JsonNode manifest = json.readTree(folder.resolve("manifest.json").toFile()).get(0);
    JsonNode digests =
        json.readTree(folder.resolve(manifest.get("Config").asText()).toFile())
            .at("/rootfs/diff_ids");
    Map<String, Layer> layers = new LinkedHashMap<>();
    for (int i = 1; i < digests.size(); i++) {
      String digest = digests.get(i).asText();
      if (!known.contains(digest)) {
        layers.put(digest, layer(folder.resolve(manifest.get("Layers").get(i).asText())));
      }
    }
    Command.run("rm", "-rf", folder.toString());
    return layers;
  }

  /** Of a file that is compressed or not: engines differ in what they save. */
  static Layer layer(Path file) throws IOException {
    try (var raw = new BufferedInputStream(Files.newInputStream(file))) {
      raw.mark(2);
      boolean compressed = raw.read() == 0x1f && raw.read() == 0x8b;
      raw.reset();
      if (compressed) {
        return new Layer(
            new GZIPInputStream(raw).transferTo(OutputStream.nullOutputStream()), Files.size(file));
      }
      return new Layer(Files.size(file), compressedSize(raw));
    }
  }

  private static long compressedSize(InputStream content) throws IOException {
    var counter =
        new OutputStream() {
          private long count;

          @Override
          public void write(int b) {
            count++;
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            count += length;
          }
        };
    try (var gzip = new GZIPOutputStream(counter, 1 << 16)) {
      content.transferTo(gzip);
    }
    return counter.count;
  }

  private void edit(Stack stack, Run run, String service) throws IOException, InterruptedException {
    if (stack.services().get(service).path("build").isMissingNode()) {
      throw new IOException(
          "%s: %s has no build. Leave edit.%s out with --only."
              .formatted(stack.file, service, service));
    }
    Path folder = Files.createTempDirectory(scratch, "edit");
    Command.run(
        "sh",
        "-c",
        "tar c --exclude=target --exclude=.git --exclude=node_modules -C \"$0\" . | tar x -C \"$1\"",
        stack.folder().toString(),
        folder.toString());
    try (var copy = new Stack(stack.project + "-edit", folder.resolve(stack.file.getFileName()))) {
      copy.compose("build", service);
      Set<String> before = layers(copy.image(service), Set.of()).keySet();
      Path context = Path.of(copy.services().get(service).get("build").get("context").asText());
      addLines(source(context, service), System.currentTimeMillis());
      long start = System.nanoTime();
      copy.compose("build", service);
      run.add("edit." + service, (System.nanoTime() - start) / 1e9);
      run.add("edit.%s.changed".formatted(service), megabytes(layers(copy.image(service), before)));
    } finally {
      Command.run("rm", "-rf", folder.toString());
    }
  }

  /** The file that is called like the service, whatever the language. */
  static Path source(Path context, String service) throws IOException {
    try (Stream<Path> files = Files.walk(context)) {
      return files
          .filter(Files::isRegularFile)
          .filter(
              file ->
                  file.getFileName().toString().matches("(?i)" + service + "\\.[a-z]+")
                      && !context.relativize(file).toString().matches("(?i)(.*/)?tests?/.*"))
          .sorted()
          .findFirst()
          .orElseThrow(
              () ->
                  new IOException(
                      "%s: no file is called %s.*. Leave edit.%s out with --only."
                          .formatted(context, service, service)));
    }
  }

  /**
   * Blank ones after the first, which may have to stay the first: no language minds, and compilers
   * write the numbers of lines into what they compile.
   *
   * @param unique makes them differ from all before, which the engine may have in its cache
   */
  static void addLines(Path source, long unique) throws IOException {
    String code = Files.readString(source);
    int end = code.indexOf('\n') + 1;
    String lines = Long.toBinaryString(unique).replace("0", "\n").replace("1", " \n");
    Files.writeString(source, code.substring(0, end) + lines + code.substring(end));
  }
}
