package dockercoins.rng;

/** The random number generator: random bytes over HTTP, one request at a time. */
public final class Rng {

  /**
   * A connection takes {@link Connections#MAX_BYTES}, so all of them take 30 MiB. The program takes
   * 8 MiB, and {@link Connections#MAX_HEADS} is 4 MiB: together 42 of the 48 MiB of the heap.
   */
  static final int MAX_CONNECTIONS = 3000;

  public static void main(String[] args) {
    WebServer.main("rng", Rng::run);
  }

  private static void run() {
    Settings settings = Settings.of(System.getenv());
    WebServer server = server(settings).start();
    System.out.printf(
        "RNG running on port %d, %d at a time, %d ms each%n",
        server.port(), settings.concurrency(), settings.delayMs());
  }

  static WebServer server(Settings settings) {
    var queue = new ArrivalQueue(settings);
    String greeting = "RNG running on " + WebServer.hostname() + "\n";
    return new WebServer(settings.port(), MAX_CONNECTIONS, "is not a number of bytes: try /32")
        .with(queue::configure)
        .get("/", ctx -> ctx.result(greeting))
        .get("/healthz", ctx -> ctx.result("ok"))
        .get("/{n}", new RandomBytes(queue, settings.debug()))
        .otherPaths(ctx -> RandomBytes.isNumber(ctx.path().substring(1)));
  }
}
