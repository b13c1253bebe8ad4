package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImagesTest {

  @TempDir Path folder;

  @Test
  void aLayerIsMeasuredWithAndWithoutCompression() throws IOException {
    byte[] content = new byte[100_000];
    Path plain = Files.write(folder.resolve("plain"), content);
    Path compressed = folder.resolve("compressed");
    try (var gzip = new GZIPOutputStream(Files.newOutputStream(compressed))) {
      gzip.write(content);
    }

    assertThat(Images.layer(plain).size()).isEqualTo(100_000);
    assertThat(Images.layer(plain).compressed()).isEqualTo(Files.size(compressed));
    assertThat(Images.layer(compressed)).isEqualTo(Images.layer(plain));
  }

  @Test
  void theSourceIsCalledLikeTheServiceAndIsNoTest() throws IOException {
    file("pom.xml");
    file("src/main/java/WorkerLoop.java");
    file("src/test/java/Worker.java");
    Path source = file("src/main/java/Worker.java");

    assertThat(Images.source(folder, "worker")).isEqualTo(source);
    assertThatThrownBy(() -> Images.source(folder, "rng"))
        .hasMessage("%s: no file is called rng.*. Leave edit.rng out with --only.", folder);
  }

  @Test
  void linesAreAddedAfterTheFirst() throws IOException {
    Path source = Files.writeString(folder.resolve("rng.py"), "#!/usr/bin/python\npass\n");

    Images.addLines(source, 0b101);

    assertThat(source).hasContent("#!/usr/bin/python\n \n\n \npass\n");
  }

  private Path file(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }
}
