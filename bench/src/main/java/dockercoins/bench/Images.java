package dockercoins.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/** How large the images are, and what a change of the code costs. */
final class Images {

  static List<Measurement> measurements() {
    List<Measurement> measurements = new ArrayList<>();
    List<Figure> sizes = new ArrayList<>();
    for (String service : Bench.SERVICES) {
      String edit = "edit." + service;
      sizes.add(Figure.less("image." + service, "MB", "without the first layer, the system"));
      List<Figure> figures =
          List.of(
              Figure.less(edit, "s", "docker compose build after a blank line was added"),
              Figure.less(edit + ".changed", "MB", "layers that the image before did not have"));
      measurements.add(new Measurement(edit, figures, (stack, run) -> edit(stack, run, service)));
    }
    sizes.add(Figure.less("image.disk", "MB", "all four, each layer once, without the system"));
    sizes.add(Figure.less("image.pull", "MB", "the same, compressed"));
    measurements.addFirst(new Measurement("image", sizes, Images::sizes));
    return measurements;
  }

  private static void sizes(Stack stack, Run run) throws Exception {
    Set<Layer> all = new HashSet<>();
    for (String service : Bench.SERVICES) {
      Set<Layer> layers = layers(stack, service);
      run.add("image." + service, megabytes(layers, Layer::size));
      all.addAll(layers);
    }
    run.add("image.disk", megabytes(all, Layer::size));
    run.add("image.pull", megabytes(all, Layer::compressed));
  }

  record Layer(String digest, long size, long compressed) {}

  private static double megabytes(Set<Layer> layers, ToLongFunction<Layer> size) {
    return layers.stream().mapToLong(size).sum() / 1e6;
  }

  /** The layers of the image of a service, without the first one. */
  private static Set<Layer> layers(Stack stack, String service) throws Exception {
    JsonNode config = config(stack);
    String defaultImage = config.get("name").asText() + "-" + service;
    String image = config.at("/services/%s/image".formatted(service)).asText(defaultImage);
    String layers = "docker save %s | docker run --rm -i %s /layers";
    return Shell.run("sh", "-c", layers.formatted(image, Services.CLIENT_IMAGE))
        .lines()
        .map(line -> line.split(" "))
        .map(layer -> new Layer(layer[0], Long.parseLong(layer[1]), Long.parseLong(layer[2])))
        .collect(Collectors.toSet());
  }

  private static JsonNode config(Stack stack) throws Exception {
    return new ObjectMapper().readTree(stack.compose("config", "--format", "json"));
  }

  private static void edit(Stack stack, Run run, String service) throws Exception {
    Path folder = Files.createTempDirectory("bench");
    FileUtils.copyDirectory(
        stack.file().getParent().toFile(),
        folder.toFile(),
        file -> !Set.of("target", ".git", "node_modules").contains(file.getName()));
    Path file = folder.resolve(stack.file().getFileName());
    try (var copy = new Stack("bench-edit", Map.of(), List.of(file))) {
      String pointer = "/services/%s/build/context".formatted(service);
      Path context = Path.of(config(copy).requiredAt(pointer).asText());
      copy.compose("build", service);
      Set<Layer> before = layers(copy, service);
      Path source = source(context, service);
      List<String> lines = Files.readAllLines(source);
      lines.add(1, " ".repeat(ThreadLocalRandom.current().nextInt(100_000))); // not in any cache
      Files.write(source, lines);
      long start = System.nanoTime();
      copy.compose("build", service);
      run.add("edit." + service, (System.nanoTime() - start) / 1e9);
      Set<Layer> changed = layers(copy, service);
      changed.removeAll(before);
      run.add("edit.%s.changed".formatted(service), megabytes(changed, Layer::size));
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }

  /** Finds the file that is called like the service, in any language. */
  private static Path source(Path context, String service) throws IOException {
    try (Stream<Path> files = Files.walk(context)) {
      return files
          .filter(file -> file.getFileName().toString().matches("(?i)" + service + "\\.[a-z]+"))
          .filter(file -> !file.toString().matches(".*/tests?/.*"))
          .min(Comparator.naturalOrder())
          .orElseThrow(() -> new IOException("%s: no %s.*".formatted(context, service)));
    }
  }
}
