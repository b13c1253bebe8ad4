package dockercoins.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What the kernel counts of a container, in version 1 of control groups or in version 2. */
final class Cgroup {

  private final Path memory;
  private final Path cpu;

  private Cgroup(Path memory, Path cpu) {
    this.memory = memory;
    this.cpu = cpu;
  }

  /** Of the container of this process. */
  static Cgroup of(long pid) throws IOException {
    List<String> groups = Files.readAllLines(Path.of("/proc/%d/cgroup".formatted(pid)));
    List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
    return new Cgroup(find("memory", groups, mounts), find("cpuacct", groups, mounts));
  }

  /**
   * The folder of a controller.
   *
   * @param groups the lines of /proc/PID/cgroup
   * @param mounts those of /proc/self/mountinfo
   */
  static Path find(String controller, List<String> groups, List<String> mounts) {
    String unified = null;
    for (String group : groups) { // 4:memory:/docker/12ab, or 0::/system.slice/docker-12ab.scope
      String[] fields = group.split(":", 3);
      if (Arrays.asList(fields[1].split(",")).contains(controller)) {
        return mount("cgroup", controller, mounts, fields[2]);
      }
      if (fields[1].isEmpty()) {
        unified = fields[2];
      }
    }
    if (unified == null) {
      throw new IllegalArgumentException(
          "/proc/PID/cgroup has no %s: %s. Enable the controller in the kernel."
              .formatted(controller, groups));
    }
    return mount("cgroup2", "", mounts, unified);
  }

  private static Path mount(String type, String controller, List<String> mounts, String group) {
    for (String mount : mounts) { // 35 31 0:32 ROOT POINT rw,relatime - TYPE SOURCE rw,memory
      String[] halves = mount.split(" - ", 2);
      String[] place = halves[0].split(" ");
      String[] system = halves[1].split(" ");
      if (system[0].equals(type)
          && (controller.isEmpty() || List.of(system[2].split(",")).contains(controller))) {
        String root = place[3].equals("/") ? "" : place[3];
        String below = group.startsWith(root) ? group.substring(root.length()) : group;
        return Path.of(place[4] + below);
      }
    }
    throw new IllegalArgumentException(
        "/proc/self/mountinfo has no %s %s. Mount it below /sys/fs/cgroup."
            .formatted(type, controller));
  }

  /** All that is charged to it, in bytes. */
  long usage() throws IOException {
    Path version1 = memory.resolve("memory.usage_in_bytes");
    return number(Files.exists(version1) ? version1 : memory.resolve("memory.current"));
  }

  /** What {@code docker stats} shows: without what was read from files and not used lately. */
  long used() throws IOException {
    List<String> stat = Files.readAllLines(memory.resolve("memory.stat"));
    boolean version1 = stat.stream().anyMatch(line -> line.startsWith("total_inactive_file "));
    return usage() - field(version1 ? "total_inactive_file" : "inactive_file", stat);
  }

  double cpuSeconds() throws IOException {
    Path version1 = cpu.resolve("cpuacct.usage");
    return Files.exists(version1)
        ? number(version1) / 1e9
        : field("usage_usec", Files.readAllLines(cpu.resolve("cpu.stat"))) / 1e6;
  }

  private static long number(Path file) throws IOException {
    return Long.parseLong(Files.readString(file).strip());
  }

  private static long field(String name, List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findAny()
        .orElseThrow();
  }
}
