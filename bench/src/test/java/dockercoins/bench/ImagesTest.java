package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {

  @TempDir Path folder;

  @Test
  void theSourceIsNamedLikeTheServiceAndIsNoTest() throws IOException {
    for (String name : new String[] {"a/WorkerLoop.java", "a/test/Worker.java", "b/Worker.java"}) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.createFile(folder.resolve(name));
    }

    assertThat(Images.source(folder, "worker")).isEqualTo(folder.resolve("b/Worker.java"));
    assertThatThrownBy(() -> Images.source(folder, "rng"))
        .hasMessage("%s: no file is called rng.*. Leave edit.rng out with --only.", folder);
  }

  @Test
  void linesAreAddedAfterTheFirst() throws IOException {
    Path source = Files.writeString(folder.resolve("rng.py"), "#!/usr/bin/python\npass\n");

    Images.addLines(source, 0b101);

    assertThat(source).hasContent("#!/usr/bin/python\n \n\n \npass\n");
  }
}
