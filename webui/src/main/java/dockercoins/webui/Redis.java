package dockercoins.webui;

import java.net.SocketTimeoutException;
import java.net.URI;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.util.JedisURIHelper;

/** How to reach Redis, and how to say why it failed. */
final class Redis {

  /** With 500 ms of latency each way, a reply takes 1000 ms. */
  private static final int TIMEOUT_MS = 1500;

  private Redis() {}

  /**
   * @param name of the setting that holds the URL
   * @throws IllegalArgumentException if the value is not the URL of a Redis server
   */
  static URI url(String name, String value) {
    try {
      URI url = URI.create(value);
      if (JedisURIHelper.isRedisScheme(url)
          && JedisURIHelper.isValid(url)
          && JedisURIHelper.getDBIndex(url) >= 0) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // refused below, with an example
    }
    throw Environment.invalid(name, value, "a URL like redis://host:6379");
  }

  /** Host and port, as messages name the server: {@code redis:6379}. */
  static String name(URI url) {
    return url.getHost() + ":" + url.getPort();
  }

  /**
   * A client that connects when it is first used.
   *
   * @param testOnBorrow sends a PING before each command, because a connection from before a
   *     restart of Redis no longer works
   */
  static RedisClient client(URI url, boolean testOnBorrow) {
    var config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(TIMEOUT_MS)
            .socketTimeoutMillis(TIMEOUT_MS)
            .build();
    var pool = new ConnectionPoolConfig();
    pool.setJmxEnabled(false); // the runtime in the images has no JMX
    pool.setTestOnBorrow(testOnBorrow);
    return RedisClient.builder().clientConfig(config).fromURI(url).poolConfig(pool).build();
  }

  /** The message of the root cause, which Jedis may keep among the suppressed exceptions. */
  static String reason(Throwable e) {
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
