package dockercoins.labs.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dockercoins.labs.harness.Engine;
import dockercoins.labs.harness.Http;
import dockercoins.labs.harness.Report;
import dockercoins.labs.harness.Shell;
import dockercoins.labs.harness.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/**
 * variants/images.yml: runs images that are named as in a registry. They are built from a clone of
 * the last commit as an unlucky user makes it: only its owner may read it, and Git is configured to
 * write the line ends of Windows.
 */
@ExtendWith(Report.Extension.class)
class ImagesTest {

  private static final String[] SERVICES = {"rng", "hasher", "worker", "webui"};

  private static final Map<String, String> ENVIRONMENT =
      Map.of("REGISTRY", "localhost:5000", "TAG", "labs");

  @BeforeAll
  static void build(@TempDir Path folder) throws Exception {
    Path clone = folder.resolve("clone");
    Shell.run("sh", "-c", "umask 077 && git clone -q -c core.autocrlf=true .. " + clone);
    for (String service : SERVICES) {
      Shell.run("docker", "build", "-q", "-t", image(service), clone.resolve(service).toString());
    }
  }

  @AfterAll
  static void remove() throws Exception {
    for (String service : SERVICES) {
      Shell.run("docker", "rmi", image(service));
    }
  }

  @Test
  void existingImagesAreUsed(Report report) throws Exception {
    try (var stack = Stack.start(ENVIRONMENT, "variants/images.yml")) {
      double seconds = stack.awaitMining(10);
      report.add(
          "10 hashes with images named as in a registry",
          "under 60 s",
          "%.1f s".formatted(seconds));
      assertThat(Http.get(8000, "/")).contains("DockerCoin Miner WebUI");
      for (String service : SERVICES) {
        assertThat(stack.compose("exec", "-T", service, "jcmd", "1", "Thread.print"))
            .as(service)
            .contains("Full thread dump");
      }
    }
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

  private static String image(String service) {
    return "localhost:5000/dockercoins/" + service + ":labs";
  }
}
