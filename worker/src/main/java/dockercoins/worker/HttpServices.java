package dockercoins.worker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.EventListener;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/**
 * rng and hasher over HTTP. Every request resolves the name again, tries its addresses in random
 * order until one accepts a new connection, and closes it afterwards: so that a replica gets its
 * share as soon as the name leads to it, and no longer.
 */
final class HttpServices implements Services {

  private static final int COUNT = 32;
  private static final int MOST = 1024; // of an answer, however long it is
  private static final MediaType BYTES = MediaType.get("application/octet-stream");

  private final Settings settings;
  private final OkHttpClient client =
      new OkHttpClient.Builder()
          .proxy(Proxy.NO_PROXY)
          .connectionSpecs(List.of(ConnectionSpec.CLEARTEXT)) // nobody speaks TLS here
          .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
          .retryOnConnectionFailure(false) // the miner tries again, and says so
          .followRedirects(false)
          .fastFallback(false)
          .connectTimeout(Duration.ofSeconds(2))
          .readTimeout(Duration.ZERO) // that of the call covers it, and each wakes a thread
          .writeTimeout(Duration.ZERO)
          .callTimeout(Duration.ofMinutes(1)) // with 200 workers at one rng, each waits 20 s
          .eventListener(new Connections())
          .build();
  private long sent;
  private long waited;

  HttpServices(Settings settings) {
    this.settings = settings;
  }

  @Override
  public byte[] randomBytes() throws IOException {
    byte[] bytes =
        send(new Request.Builder().url(settings.rngUrl().resolve(Integer.toString(COUNT))));
    if (bytes.length != COUNT) {
      throw new IOException("it gave %d bytes, not %d".formatted(bytes.length, COUNT));
    }
    return bytes;
  }

  @Override
  public String hash(byte[] bytes) throws IOException {
    String hash = sha256(bytes);
    byte[] answer =
        send(
            new Request.Builder().url(settings.hasherUrl()).post(RequestBody.create(bytes, BYTES)));
    if (!Arrays.equals(answer, hash.getBytes(US_ASCII))) {
      throw new IOException("its answer is not the SHA-256 of what it was sent");
    }
    return hash;
  }

  @Override
  public Duration waited() {
    long sum = waited;
    waited = 0;
    return Duration.ofNanos(sum);
  }

  /** Ends the request in hand: it throws an IOException. */
  void cancel() {
    client.dispatcher().cancelAll();
  }

  private byte[] send(Request.Builder builder) throws IOException {
    Request request = builder.header("Connection", "close").build();
    // A client with a resolver of its own has a fresh list of addresses that failed. OkHttp would
    // put those last for ever, and a replica that is back would get no request.
    OkHttpClient fresh = client.newBuilder().dns(HttpServices::addresses).build();
    try (Response response = execute(fresh, request)) {
      if (response.code() != 200) {
        throw new IOException("it answered " + response.code());
      }
      return response.peekBody(MOST).bytes();
    }
  }

  /**
   * A connection that ends before the answer, as that of a replica that is taken away may, is no
   * failure yet. Both requests may be sent twice (RFC 9110, 9.2.2), so another is made at once.
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

  private static List<InetAddress> addresses(String host) throws UnknownHostException {
    List<InetAddress> addresses = Arrays.asList(InetAddress.getAllByName(host));
    Collections.shuffle(addresses);
    return addresses;
  }

  /** Looks after each connection, and takes the time from a request to its answer. */
  private final class Connections extends EventListener {

    @Override
    public void connectionAcquired(Call call, Connection connection) {
      detectLoss(connection.socket());
    }

    @Override
    public void requestHeadersEnd(Call call, Request request) {
      sent = System.nanoTime();
    }

    @Override
    public void requestBodyEnd(Call call, long byteCount) {
      sent = System.nanoTime();
    }

    @Override
    public void responseHeadersStart(Call call) {
      waited += System.nanoTime() - sent;
    }
  }

  /**
   * An answer may take a minute. Whether the other side is still there is known after 5 s, because
   * its kernel is asked.
   */
  private static void detectLoss(Socket socket) {
    try {
      socket.setKeepAlive(true);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 2);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
      socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
    } catch (IOException e) {
      // closed already, which the request will notice
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has SHA-256
    }
  }
}
