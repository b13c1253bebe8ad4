package dockercoins.bench;

/** Prints the shell command that runs {@link Bench} with the JDK and class path of this program. */
final class Launcher {

  public static void main(String[] args) {
    System.out.printf(
        "exec '%s/bin/java' -cp '%s' %s '%s' \"$@\"%n",
        System.getProperty("java.home"),
        System.getProperty("java.class.path"),
        Bench.class.getName(),
        args[0]);
  }
}
