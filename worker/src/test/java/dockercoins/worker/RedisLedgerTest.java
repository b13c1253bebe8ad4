package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dockercoins.worker.Ledger.Coin;
import dockercoins.worker.Ledger.Count;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.embedded.RedisServer;

class RedisLedgerTest {

  private static RedisServer server;
  private static URI url;

  private final RedisClient redis = RedisClient.create(url);

  @BeforeAll
  static void start() throws IOException {
    int port = freePort();
    url = URI.create("redis://localhost:" + port);
    server = RedisServer.builder().port(port).setting("save \"\"").build();
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @BeforeEach
  void empty() {
    redis.flushAll();
  }

  @AfterEach
  void close() {
    redis.close();
  }

  @Test
  void theFirstCountCreatesTheCounter() throws IOException {
    new RedisLedger(url).add(new Count(1, 0));

    assertThat(redis.get("hashes")).isEqualTo("0");
  }

  @Test
  void addsTheCountsOfAllWorkers() throws IOException {
    var one = new RedisLedger(url);
    var other = new RedisLedger(url);
    one.add(new Count(1, 4));
    other.add(new Count(1, 3));
    one.add(new Count(2, 4));

    assertThat(redis.get("hashes")).isEqualTo("11");
  }

  @Test
  void aCountSentAgainIsNotAddedAgain() throws IOException {
    var ledger = new RedisLedger(url);
    ledger.add(new Count(1, 4));
    ledger.add(new Count(1, 4));

    assertThat(redis.get("hashes")).isEqualTo("4");
  }

  @Test
  void aCountThatArrivesAfterTheNextIsNotAddedAgain() throws IOException {
    var ledger = new RedisLedger(url);
    ledger.add(new Count(9, 4));
    ledger.add(new Count(10, 4));
    ledger.add(new Count(9, 4));

    assertThat(redis.get("hashes")).isEqualTo("8");
  }

  @Test
  void aCountThatFailedIsAddedByALaterAttempt() throws IOException {
    var ledger = new RedisLedger(url);
    redis.lpush("hashes", "not a number");
    assertThatIOException()
        .isThrownBy(() -> ledger.add(new Count(1, 4)))
        .withCauseInstanceOf(JedisDataException.class);

    redis.del("hashes");
    ledger.add(new Count(1, 4));

    assertThat(redis.get("hashes")).isEqualTo("4");
  }

  @Test
  void theKeyOfAWorkerHasItsPrefixAndExpires() throws IOException {
    new RedisLedger(url).add(new Count(1, 4));

    Set<String> keys = redis.keys("*");
    keys.remove("hashes");
    assertThat(keys).singleElement().asString().startsWith("worker:");
    assertThat(redis.ttl(keys.iterator().next())).isBetween(3600L, 86_400L);
  }

  @Test
  void aCoinIsStoredWithItsBytes() throws IOException {
    byte[] bytes = {0, (byte) 0x80, (byte) 0xff, '\n'};
    var ledger = new RedisLedger(url);

    assertThat(ledger.put(new Coin("0abc", bytes))).isTrue();
    assertThat(ledger.put(new Coin("0abc", bytes))).isFalse();
    assertThat(redis.hget("wallet".getBytes(), "0abc".getBytes())).isEqualTo(bytes);
  }

  @Test
  void aCommandAfterARestartOfRedisSucceeds() throws IOException {
    var ledger = new RedisLedger(url);
    ledger.add(new Count(1, 4));
    server.stop();
    server.start(); // empty, because it saves nothing
    ledger.add(new Count(2, 3));

    try (var again = RedisClient.create(url)) {
      assertThat(again.get("hashes")).isEqualTo("3");
    }
  }

  @Test
  void failsWhileRedisIsAway() {
    var ledger = new RedisLedger(url);
    server.stop();
    assertThatIOException()
        .isThrownBy(() -> ledger.add(new Count(1, 4)))
        .withMessage("Connection refused")
        .withCauseInstanceOf(JedisConnectionException.class);
    server.start();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
