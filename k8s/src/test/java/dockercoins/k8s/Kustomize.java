package dockercoins.k8s;

import static org.junit.jupiter.api.Assumptions.abort;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.model.jackson.Jackson2JdkTypesModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/** Runs Kustomize, and reads the objects that it prints. */
final class Kustomize {

  /** The root of the repository. */
  static final Path ROOT = Path.of("..");

  private static final List<String> PROGRAM =
      Stream.of(List.of("kubectl", "kustomize"), List.of("kustomize", "build"))
          .filter(command -> isOnPath(command.getFirst()))
          .findFirst()
          .orElse(List.of());

  private static final KubernetesSerialization TYPES =
      new KubernetesSerialization(
          JsonMapper.builderWithJackson2Defaults()
              .addModule(new Jackson2JdkTypesModule())
              .annotationIntrospector(new NoUnknownFields())
              .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
              .build(),
          true);

  private Kustomize() {}

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /**
   * The types of fabric8 take unknown fields, too. Here, only objects of an unknown kind may have
   * them.
   */
  private static final class NoUnknownFields extends JacksonAnnotationIntrospector {

    @Override
    public Boolean hasAnySetter(MapperConfig<?> config, Annotated annotated) {
      boolean isOfUnknownKind =
          annotated instanceof AnnotatedMember member
              && member.getDeclaringClass() == GenericKubernetesResource.class;
      return isOfUnknownKind ? super.hasAnySetter(config, annotated) : Boolean.FALSE;
    }
  }

  /** The objects of this folder. Skips the test on a machine without Kustomize. */
  static Manifests build(Path folder) throws IOException, InterruptedException {
    if (PROGRAM.isEmpty()) {
      abort("This test needs kubectl or kustomize on the PATH: install one of them.");
    }
    Path errors = Files.createTempFile(Path.of("target"), "kustomize", ".err");
    Process process =
        new ProcessBuilder(Stream.concat(PROGRAM.stream(), Stream.of(folder.toString())).toList())
            .redirectError(errors.toFile())
            .start();
    String output;
    try (var reader = process.inputReader()) {
      output = reader.readAllAsString();
    }
    if (process.waitFor() != 0) {
      throw new IOException(
          "Kustomize cannot build %s: %s".formatted(folder, Files.readString(errors)));
    }
    Collection<HasMetadata> objects = TYPES.unmarshal(output);
    return new Manifests(List.copyOf(objects));
  }

  /**
   * The {@code kustomization.yaml} of the root with these components, and with another {@code
   * images.env}.
   */
  static Manifests build(List<String> components, String registry, String tag)
      throws IOException, InterruptedException {
    String root = Files.readString(ROOT.resolve("kustomization.yaml"));
    for (String component : components) {
      String line = "- k8s/" + component;
      if (!root.contains("# " + line + "\n")) {
        throw new IOException("kustomization.yaml has no line '# %s'".formatted(line));
      }
      root = root.replace("# " + line + "\n", line + "\n");
    }
    Path folder = Files.createTempDirectory(Path.of("target"), "root");
    Files.writeString(folder.resolve("kustomization.yaml"), root.replace("k8s/", "../../"));
    Files.writeString(
        folder.resolve("images.env"), "REGISTRY=%s\nTAG=%s\n".formatted(registry, tag));
    return build(folder);
  }
}
