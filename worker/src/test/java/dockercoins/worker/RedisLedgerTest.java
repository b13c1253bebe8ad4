package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dockercoins.worker.Ledger.Coin;
import dockercoins.worker.Ledger.Count;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    String key = keys.iterator().next();
    assertThat(redis.ttl(key)).isBetween(Duration.ofDays(30).toSeconds(), 31_536_000L);
    assertThat((Long) redis.sendCommand(() -> "MEMORY".getBytes(), "USAGE", key)).isLessThan(200L);
  }

  @Test
  void aCountSentAgainIsNotAddedAgainEvenIfItsSequenceNumberHasExpired() throws Exception {
    try (var link = new Forwarder(new ServerSocket(0), url.getPort())) {
      var ledger = new RedisLedger(url(link));
      ledger.add(new Count(1, 0));
      ledger.add(new Count(2, 4));
      loseTheReply(link, ledger, new Count(3, 3));
      new RedisLedger(url).add(new Count(1, 5));
      expire("worker:*");
      ledger.add(new Count(3, 3));
      ledger.add(new Count(4, 1));

      assertThat(redis.get("hashes")).isEqualTo("13");
    }
  }

  @Test
  void theFirstCountSentAgainIsNotAddedAgainEvenIfItsSequenceNumberHasExpired() throws Exception {
    try (var link = new Forwarder(new ServerSocket(0), url.getPort())) {
      var ledger = new RedisLedger(url(link));
      loseTheReply(link, ledger, new Count(1, 4));
      expire("worker:*");
      ledger.add(new Count(1, 4));

      assertThat(redis.get("hashes")).isEqualTo("4");
    }
  }

  @Test
  void aCountThatDidNotArriveIsAddedEvenIfTheSequenceNumberHasExpired() throws Exception {
    try (var link = new Forwarder(new ServerSocket(0), url.getPort())) {
      var ledger = new RedisLedger(url(link));
      ledger.add(new Count(1, 4));
      link.losesRequests = true;
      assertThatIOException().isThrownBy(() -> ledger.add(new Count(2, 3)));
      link.losesRequests = false;
      expire("worker:*");
      ledger.add(new Count(2, 3));

      assertThat(redis.get("hashes")).isEqualTo("7");
    }
  }

  @Test
  void aCountSentAgainIsAddedIfRedisHasBeenEmptied() throws Exception {
    try (var link = new Forwarder(new ServerSocket(0), url.getPort())) {
      var ledger = new RedisLedger(url(link));
      ledger.add(new Count(1, 40));
      loseTheReply(link, ledger, new Count(2, 3));
      redis.flushAll();
      new RedisLedger(url).add(new Count(7, 5));
      ledger.add(new Count(2, 3));

      assertThat(redis.get("hashes")).isEqualTo("8");
    }
  }

  @Test
  void aNewCountIsAddedEvenIfTheSequenceNumberHasExpired() throws IOException {
    var ledger = new RedisLedger(url);
    ledger.add(new Count(1, 4));
    expire("worker:*");
    ledger.add(new Count(2, 3));

    assertThat(redis.get("hashes")).isEqualTo("7");
  }

  private static URI url(Forwarder link) {
    return URI.create("redis://localhost:" + link.port());
  }

  private static void loseTheReply(Forwarder link, RedisLedger ledger, Count count) {
    link.losesReplies = true;
    assertThatIOException().isThrownBy(() -> ledger.add(count));
    link.losesReplies = false;
  }

  private void expire(String pattern) {
    redis.keys(pattern).forEach(key -> redis.pexpire(key, 1));
    await().until(() -> redis.keys(pattern).isEmpty());
  }

  @Test
  void countsAndCoinsAreStoredInARedisCluster(@TempDir Path folder) throws IOException {
    int port = freePort();
    RedisServer node =
        RedisServer.builder()
            .port(port)
            .setting("cluster-enabled yes")
            .setting("cluster-port " + freePort())
            .setting("cluster-config-file " + folder.resolve("nodes.conf"))
            .build();
    node.start();
    try (var redis = RedisClient.create("localhost", port)) {
      redis.sendCommand(() -> "CLUSTER".getBytes(), "ADDSLOTSRANGE", "0", "16383");
      var ledger = new RedisLedger(URI.create("redis://localhost:" + port));
      await()
          .ignoreExceptionsInstanceOf(JedisDataException.class) // CLUSTERDOWN at first
          .until(() -> redis.get("hashes") == null);
      ledger.add(new Count(1, 4));
      ledger.add(new Count(1, 4));
      ledger.put(new Coin("0abc", new byte[32]));

      assertThat(redis.get("hashes")).isEqualTo("4");
      assertThat(redis.hlen("wallet")).isEqualTo(1);
    } finally {
      node.stop();
    }
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
