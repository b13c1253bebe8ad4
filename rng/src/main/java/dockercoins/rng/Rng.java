package dockercoins.rng;

/** The random number generator: random bytes over HTTP, one request at a time. */
public final class Rng {

  /**
   * A connection takes about 6 KiB while its request waits, and the heap of the image is 32 MiB.
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
