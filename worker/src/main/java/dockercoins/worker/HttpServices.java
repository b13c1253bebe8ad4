package dockercoins.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * Sends requests to rng and hasher over HTTP. Each request resolves the name again, tries the
 * addresses in random order until one accepts a new connection, and closes the connection
 * afterwards. So a new replica gets its share at once, and a removed one gets no more requests.
 */
final class HttpServices implements Services {

  private static final int RANDOM_BYTES = 32;
  private static final int MAX_ANSWER = 1024; // bytes; the rest of a longer answer is not read

  /**
   * The addresses of a name are repeated until there are so many. OkHttp tries another one every
   * 250 ms, and uses the first connection that succeeds. So if a load balancer chooses a replica
   * that has just died, the next connection may reach another one. A slow connection goes on.
   */
  private static final int CONNECTIONS = 8;

  private static final MediaType OCTET_STREAM = MediaType.get("application/octet-stream");

  private final Settings settings;
  private final OkHttpClient client =
      new OkHttpClient.Builder()
          .proxy(Proxy.NO_PROXY)
          .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT)) // the services have no TLS
          .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
          .retryOnConnectionFailure(false) // Retry tries again, and logs it
          .followRedirects(false)
          .fastFallback(true) // opens another connection if one takes longer than 250 ms
          .connectTimeout(Duration.ofSeconds(2))
          .readTimeout(Duration.ZERO) // the call timeout is enough, and each timeout wakes a thread
          .writeTimeout(Duration.ZERO)
          .callTimeout(Duration.ofMinutes(1)) // with 200 workers and one rng, an answer takes 20 s
          .build();

  HttpServices(Settings settings) {
    this.settings = settings;
  }

  @Override
  public Answer<byte[]> randomBytes() throws IOException {
    Answer<byte[]> answer =
        send(new Request.Builder().url(settings.rngUrl().resolve("" + RANDOM_BYTES)));
    int length = answer.value().length;
    if (length != RANDOM_BYTES) {
      throw new IOException("it sent %d bytes instead of %d".formatted(length, RANDOM_BYTES));
    }
    return answer;
  }

  @Override
  public Answer<String> hash(byte[] bytes) throws IOException {
    String hash = sha256(bytes);
    RequestBody body = RequestBody.create(bytes, OCTET_STREAM);
    Answer<byte[]> answer = send(new Request.Builder().url(settings.hasherUrl()).post(body));
    if (!Arrays.equals(answer.value(), hash.getBytes(US_ASCII))) {
      throw new IOException("its answer is not the SHA-256 of the bytes");
    }
    return new Answer<>(hash, answer.waited());
  }

  /** Cancels the request in flight, which then throws an IOException. */
  void cancel() {
    client.dispatcher().cancelAll();
  }

  private Answer<byte[]> send(Request.Builder builder) throws IOException {
    Request request = builder.header("Connection", "close").build();
    var listener = new RequestListener();
    // OkHttp remembers addresses that failed and tries them last, so a replica that has come back
    // would get no requests. A new client with another resolver remembers none.
    OkHttpClient fresh =
        client.newBuilder().dns(HttpServices::addresses).eventListener(listener).build();
    try (Response response = execute(fresh, request)) {
      if (response.code() != 200) {
        throw new IOException("it answered " + response.code());
      }
      return new Answer<>(response.peekBody(MAX_ANSWER).bytes(), listener.waited());
    } catch (IOException e) {
      throw rootCause(e);
    }
  }

  /**
   * Sends a request again if the connection ends before the answer, because this happens when a
   * replica is removed. Both requests are safe to repeat (RFC 9110, 9.2.2).
   */
  private static Response execute(OkHttpClient client, Request request) throws IOException {
    try {
      return client.newCall(request).execute();
    } catch (IOException e) {
      if (e.getCause() instanceof EOFException) {
        return client.newCall(request).execute();
      }
      throw e;
    }
  }

  /**
   * Returns the root cause, because its message is the plainest. An EOFException is skipped,
   * because its message is about the buffers of OkHttp.
   */
  private static IOException rootCause(IOException e) {
    return e.getCause() instanceof IOException cause && !(cause instanceof EOFException)
        ? rootCause(cause)
        : e;
  }

  private static List<InetAddress> addresses(String host) throws UnknownHostException {
    List<InetAddress> addresses = Arrays.asList(InetAddress.getAllByName(host));
    Collections.shuffle(addresses);
    List<InetAddress> repeated = new ArrayList<>();
    while (repeated.size() < CONNECTIONS) {
      repeated.addAll(addresses);
    }
    return repeated;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has SHA-256
    }
  }
}
