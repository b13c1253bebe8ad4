package dockercoins.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * A client of Redis for one thread. After a failure of any kind, and when its connection gets old,
 * it resolves the name again and opens a new connection. So it finds a server that has moved, even
 * if the old one still answers.
 */
final class Redis implements AutoCloseable {

  /** With 500 ms of latency each way, a reply takes 1000 ms. */
  private static final int TIMEOUT_MS = 1500;

  /** The first colon ends the user, and the last @ ends the password, which may contain both. */
  private static final Pattern URL =
      Pattern.compile(
          "(?<scheme>rediss?)://((?<user>[^:]*)(:(?<password>.*))?@)?"
              + "(?<host>[\\w.-]+|\\[[\\p{XDigit}:.]+])(:(?<port>[1-9]\\d{0,4}))?(/(?<db>\\d{0,9}))?",
          Pattern.CASE_INSENSITIVE);

  private final HostAndPort address;
  private final JedisClientConfig config;
  private final Duration maxAge;
  private Jedis connection; // null before the first command, and after a failure
  private long connected;

  /**
   * @param url as {@link #url} returns it
   * @param maxAge how long a connection is used; with 0, each command opens a new one
   */
  Redis(URI url, Duration maxAge) {
    String[] login = login(url).split(":", 2);
    address = HostAndPort.from(name(url));
    config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(TIMEOUT_MS)
            .socketTimeoutMillis(TIMEOUT_MS)
            .ssl(JedisURIHelper.isRedisSSLScheme(url))
            .user(login[0].isEmpty() ? null : decode(login[0]))
            .password(login.length < 2 ? null : decode(login[1]))
            .database(JedisURIHelper.getDBIndex(url))
            .autoNegotiateProtocol(false) // otherwise Jedis sends HELLO first
            .clientSetInfoConfig(ClientSetInfoConfig.DISABLED) // otherwise it sends CLIENT SETINFO
            .build();
    this.maxAge = maxAge;
  }

  /**
   * Returns {@code REDIS_URL} with a port and a percent-encoded user and password. The password is
   * that of {@code REDIS_PASSWORD_FILE}, if this is set.
   *
   * @throws IllegalArgumentException if a value makes no sense, see {@link Environment}
   */
  static URI url(Environment environment) {
    String value = environment.text("REDIS_URL", "redis://redis:6379");
    String file = environment.text("REDIS_PASSWORD_FILE", "");
    String secret = file.isEmpty() ? null : secret(file);
    Matcher url = URL.matcher(value);
    if (url.matches()) {
      String port = url.group("port") == null ? "6379" : url.group("port");
      String db = url.group("db") == null ? "" : "/" + url.group("db");
      try {
        if (Integer.parseInt(port) <= 65_535) {
          String server = login(url, secret) + url.group("host") + ":" + port;
          return URI.create(url.group("scheme") + "://" + server + db);
        }
      } catch (IllegalArgumentException e) {
        // Something in the URL is not percent-encoded correctly, or it is no IPv6 address.
      }
    }
    throw Environment.invalid("REDIS_URL", value, "a URL like redis://host:6379");
  }

  /** As in redis-cli, a password without a user needs no colon: {@code redis://password@host}. */
  private static String login(Matcher url, String secret) {
    String user = url.group("user") == null ? "" : decode(url.group("user"));
    String password = url.group("password") == null ? null : decode(url.group("password"));
    if (secret != null) {
      password = secret;
    } else if (password == null) {
      password = user;
      user = "";
    }
    return user.isEmpty() && password.isEmpty() ? "" : encode(user) + ":" + encode(password) + "@";
  }

  private static String secret(String file) {
    try {
      String secret = Files.readString(Path.of(file)).replaceFirst("\\R\\z", "");
      if (!secret.isEmpty()) {
        return secret;
      }
    } catch (IOException | IllegalArgumentException e) {
      // The exception below says what to do.
    }
    throw Environment.invalid(
        "REDIS_PASSWORD_FILE", file, "the path of a readable file that holds the password");
  }

  /** The name of the server in messages: {@code redis:6379}. */
  static String name(URI url) {
    String authority = url.getRawAuthority(); // getHost() is null if the name has an underscore
    return authority.substring(authority.lastIndexOf('@') + 1);
  }

  private static String login(URI url) {
    String authority = url.getRawAuthority();
    return authority.substring(0, Math.max(0, authority.lastIndexOf('@')));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
  }

  /**
   * Sends commands, and returns what the function makes of the replies.
   *
   * @throws IOException if a command may have failed; the message says why
   */
  <T> T send(Function<Jedis, T> commands) throws IOException {
    try {
      if (connection == null || System.nanoTime() - connected >= maxAge.toNanos()) {
        close();
        connection = new Jedis(address, config);
        connected = System.nanoTime();
      }
      return commands.apply(connection);
    } catch (RuntimeException e) {
      close();
      throw new IOException(reason(e), e);
    }
  }

  /** Closes the connection. The next command opens a new one. */
  @Override
  public void close() {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (JedisException e) {
      // The connection has already failed.
    }
    connection = null;
  }

  /** The message of the root cause, which Jedis may keep among the suppressed exceptions. */
  private static String reason(Throwable e) {
    if (e.getCause() != null) {
      return reason(e.getCause());
    }
    if (e.getSuppressed().length > 0) {
      return reason(e.getSuppressed()[0]);
    }
    if (e instanceof SocketTimeoutException) {
      return "no answer within %d ms".formatted(TIMEOUT_MS);
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
