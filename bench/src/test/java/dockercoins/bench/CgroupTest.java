package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CgroupTest {

  private static final List<String> VERSION_1 =
      List.of(
          "34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
          "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
          "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw");
  private static final List<String> VERSION_2 =
      List.of(
          "24 23 0:22 / /proc rw,relatime shared:5 - proc proc rw",
          "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate");

  @Test
  void inVersion1EachControllerHasItsOwnTree() {
    List<String> groups =
        List.of("4:memory:/docker/12ab", "2:cpu,cpuacct:/docker/12ab", "0::/docker/12ab");

    assertThat(Cgroup.find("memory", groups, VERSION_1))
        .isEqualTo(Path.of("/sys/fs/cgroup/memory/docker/12ab"));
    assertThat(Cgroup.find("cpuacct", groups, VERSION_1))
        .isEqualTo(Path.of("/sys/fs/cgroup/cpu,cpuacct/docker/12ab"));
  }

  @Test
  void inVersion2ThereIsOneTree() {
    List<String> groups = List.of("0::/system.slice/docker-12ab.scope");

    assertThat(Cgroup.find("memory", groups, VERSION_2))
        .isEqualTo(Path.of("/sys/fs/cgroup/system.slice/docker-12ab.scope"));
    assertThat(Cgroup.find("cpuacct", groups, VERSION_2))
        .isEqualTo(Path.of("/sys/fs/cgroup/system.slice/docker-12ab.scope"));
  }

  @Test
  void aPartOfTheTreeMayBeMounted() {
    List<String> mounts = List.of("35 31 0:32 /outer /mnt/memory rw - cgroup cgroup rw,memory");

    assertThat(Cgroup.find("memory", List.of("4:memory:/outer/docker/12ab"), mounts))
        .isEqualTo(Path.of("/mnt/memory/docker/12ab"));
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> Cgroup.find("memory", List.of("4:cpu:/"), VERSION_1))
        .hasMessageContaining("has no memory: [4:cpu:/]");
    assertThatThrownBy(() -> Cgroup.find("memory", List.of("4:memory:/"), VERSION_2))
        .hasMessageContaining("has no cgroup memory");
  }
}
