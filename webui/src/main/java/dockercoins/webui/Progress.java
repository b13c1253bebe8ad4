package dockercoins.webui;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/**
 * How far the miners are, according to Redis. Whoever asks while Redis is being asked shares that
 * answer: however many pages are open, Redis gets one question at a time.
 */
final class Progress {

  private static final int ANSWER_MS = 1500;
  private static final int REDIS_MS = 2000; // longer: whoever waits is told before Jedis gives up

  private final String name;
  private final RedisClient redis;
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
  private CompletableFuture<Counts> reading = CompletableFuture.completedFuture(null);

  Progress(URI url) {
    name = url.getHost() + ":" + url.getPort();
    var config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(REDIS_MS)
            .socketTimeoutMillis(REDIS_MS)
            .build();
    var pool = new ConnectionPoolConfig();
    pool.setTestOnBorrow(true); // a connection from before a restart of Redis is of no use
    redis = RedisClient.builder().clientConfig(config).fromURI(url).poolConfig(pool).build();
  }

  /**
   * @param coins in {@code wallet}
   * @param hashes counted in {@code hashes}, 0 if it is absent
   * @param now seconds since the epoch
   */
  record Counts(long coins, long hashes, BigDecimal now) {}

  /**
   * @throws IOException within 2 s, with one sentence that says what is wrong with Redis
   */
  Counts counts() throws IOException, InterruptedException {
    try {
      return reading().get(ANSWER_MS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("%s did not answer within %d ms".formatted(name, ANSWER_MS), e);
    } catch (ExecutionException e) {
      throw new IOException("%s: %s".formatted(name, reason(e)), e);
    }
  }

  /** The message of the root cause, which Jedis may have put among the suppressed. */
  private static String reason(Throwable e) {
    if (e.getCause() != null) {
      return reason(e.getCause());
    }
    return e.getSuppressed().length > 0 ? reason(e.getSuppressed()[0]) : e.getMessage();
  }

  private synchronized CompletableFuture<Counts> reading() {
    if (reading.isDone()) {
      reading = CompletableFuture.supplyAsync(this::read, reader);
    }
    return reading;
  }

  private Counts read() {
    long coins = redis.hlen("wallet");
    String hashes = redis.get("hashes");
    return new Counts(
        coins,
        hashes == null ? 0 : Long.parseLong(hashes),
        BigDecimal.valueOf(System.currentTimeMillis(), 3));
  }
}
