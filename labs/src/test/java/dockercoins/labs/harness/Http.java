package dockercoins.labs.harness;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Requests, each of which opens a connection of its own, as those of curl and httping do. */
public final class Http {

  private static final OkHttpClient client =
      new OkHttpClient.Builder()
          .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
          .retryOnConnectionFailure(false)
          .build();

  private Http() {}

  public static String get(String url) throws IOException {
    return body(request(url));
  }

  public static String get(int port, String path) throws IOException {
    return body(request(port, path));
  }

  public static String post(int port, String body) throws IOException {
    return body(request(port, "/").post(RequestBody.create(body, null)));
  }

  public static int status(int port, String path) throws IOException {
    try (Response response = client.newCall(request(port, path).build()).execute()) {
      return response.code();
    }
  }

  private static Request.Builder request(int port, String path) {
    return request("http://localhost:%d%s".formatted(port, path));
  }

  private static Request.Builder request(String url) {
    return new Request.Builder().url(url).header("Connection", "close");
  }

  private static String body(Request.Builder request) throws IOException {
    try (Response response = client.newCall(request.build()).execute()) {
      if (response.code() != 200) {
        throw new IOException(response.toString());
      }
      return response.body().string();
    }
  }

  /** Milliseconds that {@code GET /} takes, at random moments. */
  public static List<Double> pings(int port, Duration window)
      throws IOException, InterruptedException {
    List<Double> pings = new ArrayList<>();
    long end = System.nanoTime() + window.toNanos();
    while (System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(20, 220));
      long start = System.nanoTime();
      get(port, "/");
      pings.add((System.nanoTime() - start) / 1e6);
    }
    return pings;
  }
}
