package dockercoins.hasher;

/** The hasher: SHA-256 over HTTP, any number of requests at a time. */
public final class Hasher {

  /**
   * A connection takes {@link Connections#MAX_BYTES}, and 14 KiB for a body that arrives slowly, as
   * measured with jcmd GC.class_histogram. So all of them take 24 MiB. The program takes 8 MiB, and
   * {@link Connections#MAX_HEADS} is 4 MiB: together 36 of the 48 MiB of the heap.
   */
  static final int MAX_CONNECTIONS = 1000;

  public static void main(String[] args) {
    WebServer.main("hasher", Hasher::run);
  }

  private static void run() {
    Settings settings = Settings.of(System.getenv());
    WebServer server = server(settings).start();
    System.out.printf("HASHER running on port %d, %d ms each%n", server.port(), settings.delayMs());
  }

  static WebServer server(Settings settings) {
    String greeting = "HASHER running on " + WebServer.hostname() + "\n";
    return new WebServer(
            settings.port(), MAX_CONNECTIONS, "is not here: POST bytes to / to hash them")
        .get("/", ctx -> ctx.result(greeting))
        .post("/", new Hash(settings))
        .get("/healthz", ctx -> ctx.result("ok"))
        .with(Hash::refuseBrokenBodies);
  }
}
