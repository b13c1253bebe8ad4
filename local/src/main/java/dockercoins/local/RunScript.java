package dockercoins.local;

/** Prints the shell command that runs {@link Local} with this Java and this class path. */
final class RunScript {

  public static void main(String[] args) {
    System.out.printf(
        "exec '%s/bin/java' -XX:+ExitOnOutOfMemoryError -cp '%s' %s '%s'%n",
        System.getProperty("java.home"),
        System.getProperty("java.class.path"),
        Local.class.getName(),
        args[0]);
  }
}
