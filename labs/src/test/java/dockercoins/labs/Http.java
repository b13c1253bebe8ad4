package dockercoins.labs;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Requests to published ports, each on a connection of its own, as curl and httping make them. */
final class Http {

  private static final OkHttpClient client =
      new OkHttpClient.Builder()
          .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
          .retryOnConnectionFailure(false)
          .build();

  private Http() {}

  static String get(int port, String path) throws IOException {
    return body(new Request.Builder().url("http://localhost:%d%s".formatted(port, path)));
  }

  static String post(int port, String body) throws IOException {
    return body(
        new Request.Builder()
            .url("http://localhost:%d/".formatted(port))
            .post(RequestBody.create(body, null)));
  }

  static int status(int port, String path) throws IOException {
    var request = new Request.Builder().url("http://localhost:%d%s".formatted(port, path));
    try (Response response =
        client.newCall(request.header("Connection", "close").build()).execute()) {
      return response.code();
    }
  }

  private static String body(Request.Builder request) throws IOException {
    try (Response response =
        client.newCall(request.header("Connection", "close").build()).execute()) {
      if (response.code() != 200) {
        throw new IOException(response.toString());
      }
      return response.body().string();
    }
  }

  /** Milliseconds that {@code GET /} takes, at random moments, in ascending order. */
  static List<Double> pings(int port, Duration window) throws IOException, InterruptedException {
    List<Double> pings = new ArrayList<>();
    long end = System.nanoTime() + window.toNanos();
    while (System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(20, 220));
      long start = System.nanoTime();
      get(port, "/");
      pings.add((System.nanoTime() - start) / 1e6);
    }
    Collections.sort(pings);
    return pings;
  }

  static double mean(List<Double> pings) {
    return pings.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  static double median(List<Double> pings) {
    return pings.get(pings.size() / 2);
  }
}
