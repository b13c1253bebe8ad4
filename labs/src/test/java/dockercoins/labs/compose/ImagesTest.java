package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.OncePerRun;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * variants/images.yml: builds images, pushes them to a registry, and runs them where there are no
 * sources. They are built from a clone of the last commit as an unlucky user makes it: only its
 * owner may read it, and Git is configured to write the line ends of Windows. v0.2/images.yml
 * builds the next versions on top of them.
 */
@ExtendWith(OncePerRun.class)
class ImagesTest {

  private static final String[] SERVICES = {"rng", "hasher", "worker", "webui"};

  private static final GenericContainer<?> REGISTRY =
      new GenericContainer<>("registry:2").withExposedPorts(5000).waitingFor(Wait.forHttp("/v2/"));

  @TempDir private static Path folder;

  @BeforeAll
  static void buildAndPush() throws Exception {
    REGISTRY.start();
    Path clone = folder.resolve("clone");
    Shell.run("sh", "-c", "umask 077 && git clone -q -c core.autocrlf=true .. " + clone);
    stack(clone.resolve("variants/images.yml")).compose("build", "--push");
    stack(clone.resolve("v0.2/images.yml")).compose("build", "--push");
  }

  @AfterAll
  static void remove() throws Exception {
    for (String service : SERVICES) {
      Shell.run("docker", "rmi", image(service));
    }
    for (String service : new String[] {"rng", "worker", "webui"}) {
      Shell.run("docker", "rmi", image(service, "v0.2"));
    }
    REGISTRY.stop();
  }

  @Test
  void aMachineWithoutSourcesPullsTheImages(Report report) throws Exception {
    for (String service : SERVICES) {
      Shell.run("docker", "rmi", image(service));
    }
    Path variants = Files.createDirectories(folder.resolve("second-machine/variants"));
    Files.copy(Path.of("../docker-compose.yml"), variants.resolve("../docker-compose.yml"));
    Files.copy(Path.of("../variants/images.yml"), variants.resolve("images.yml"));

    try (var stack = stack(variants.resolve("images.yml"))) {
      stack.compose("up", "-d", "--no-build");
      double seconds = stack.awaitMining(10);
      report.add(
          "10 hashes with images from a registry", "under 60 s", "%.1f s".formatted(seconds));
      assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
      for (String service : SERVICES) {
        assertThat(stack.compose("exec", "-T", service, "jcmd", "1", "Thread.print"))
            .as(service)
            .contains("Full thread dump");
      }
    }
  }

  @Test
  void theNextRngDoesNotStart() throws Exception {
    assertThat(Shell.fail("docker", "run", "--rm", image("rng", "v0.2")))
        .contains("rng: CONCURRENCY is \"unlimited\"");
  }

  @Test
  void theNextWorkerIsElevenTimesSlower() throws Exception {
    assertThat(Shell.run("docker", "run", "--rm", image("worker", "v0.2"), "printenv", "DELAY_MS"))
        .isEqualTo("3100");
  }

  @Test
  void theNextWebuiHasAnotherBackground() throws Exception {
    assertThat(
            Shell.run("docker", "run", "--rm", image("webui", "v0.2"), "cat", "/files/style.css"))
        .contains("--page: light-dark(gold, darkred);");
    assertThat(Shell.run("docker", "run", "--rm", image("webui", "v0.2"), "id", "-u"))
        .isEqualTo("65534");
  }

  @ParameterizedTest
  @FieldSource("SERVICES")
  void aGivenCommandRuns(String service) throws Exception {
    assertThat(Shell.run("docker", "run", "--rm", image(service), "sh", "-c", "echo hi"))
        .isEqualTo("hi");
  }

  /** Kubernetes cannot tell whether a name belongs to root, so {@code runAsNonRoot} refuses it. */
  @ParameterizedTest
  @FieldSource("SERVICES")
  void theUserIsANumberAndNotRoot(String service) {
    assertThat(Engine.API.inspectImageCmd(image(service)).exec().getConfig().getUser())
        .matches("[1-9]\\d*:[1-9]\\d*");
  }

  @ParameterizedTest
  @FieldSource("SERVICES")
  void startsWithEachCollector(String service) throws Exception {
    for (String collector : new String[] {"Serial", "Parallel", "G1", "Shenandoah", "Z"}) {
      assertStarts(service, "-XX:+Use" + collector + "GC");
    }
  }

  @ParameterizedTest
  @FieldSource("SERVICES")
  void startsWithADebugger(String service) throws Exception {
    assertStarts(service, "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005");
  }

  @ParameterizedTest
  @FieldSource("SERVICES")
  void startsWithAnAgent(String service, @TempDir Path folder) throws Exception {
    Path jar = agentJar(folder);
    assertThat(assertStarts(service, "-javaagent:/agent.jar", "-v", jar + ":/agent.jar:ro"))
        .contains("The agent runs.");
  }

  /** A checkout with umask 077 has such a folder, and Compose mounts it at /files. */
  @Test
  void webuiNamesAFolderThatItMayNotRead(@TempDir Path folder) throws Exception {
    Shell.run("chmod", "700", folder.toString());
    assertThat(Shell.fail("docker", "run", "--rm", "-v", folder + ":/files", image("webui")))
        .contains("webui: FILES is \"/files\", which webui may not read: run chmod -R a+rX");
  }

  /** Lets the service read a wrong setting, so that it ends with a message of its own. */
  private static String assertStarts(String service, String jvmOption, String... dockerOptions)
      throws Exception {
    String setting = service.equals("webui") ? "PORT" : "DELAY_MS";
    String command =
        "docker run --rm -e %s=wrong -e JAVA_TOOL_OPTIONS=%s %s %s"
            .formatted(setting, jvmOption, String.join(" ", dockerOptions), image(service));
    String errors = Shell.fail(command.split(" +"));
    assertThat(errors).as(command).contains("%s: %s is \"wrong\"".formatted(service, setting));
    return errors;
  }

  public static final class Agent {
    public static void premain(String arguments) {
      System.err.println("The agent runs.");
    }
  }

  private static Path agentJar(Path folder) throws IOException, InterruptedException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", Agent.class.getName());
    Path jar = folder.resolve("agent.jar");
    String file = Agent.class.getName().replace('.', '/') + ".class";
    try (var output = new JarOutputStream(Files.newOutputStream(jar), manifest);
        var input = Agent.class.getClassLoader().getResourceAsStream(file)) {
      output.putNextEntry(new JarEntry(file));
      input.transferTo(output);
    }
    Shell.run("chmod", "-R", "a+rX", folder.toString()); // for the user in the container
    return jar;
  }

  private static Stack stack(Path file) {
    return new Stack("images", Map.of("REGISTRY", registry(), "TAG", "v0.1"), List.of(file));
  }

  private static String registry() {
    return "localhost:" + REGISTRY.getFirstMappedPort();
  }

  private static String image(String service) {
    return image(service, "v0.1");
  }

  private static String image(String service, String tag) {
    return "%s/dockercoins/%s:%s".formatted(registry(), service, tag);
  }
}
