package dockercoins.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.embedded.RedisServer;

class RedisTest {

  private static final Duration LONG = Duration.ofHours(1);

  private RedisServer oldServer;
  private RedisServer newServer;
  private RedisClient oldRedis;
  private RedisClient newRedis;
  private Forwarder forwarder;

  @BeforeEach
  void start() throws IOException {
    oldServer = server();
    newServer = server();
    oldRedis = RedisClient.create("localhost", oldServer.ports().getFirst());
    newRedis = RedisClient.create("localhost", newServer.ports().getFirst());
    forwarder = new Forwarder(new ServerSocket(0), oldServer.ports().getFirst());
  }

  @AfterEach
  void stop() throws IOException {
    forwarder.close();
    oldRedis.close();
    newRedis.close();
    oldServer.stop();
    newServer.stop();
  }

  @Test
  void aServerThatWasDemotedIsLeftAfterItsFirstError() throws IOException {
    try (var redis = new Redis(url(""), LONG)) {
      redis.send(connection -> connection.set("key", "1"));
      oldRedis.sendCommand(() -> "REPLICAOF".getBytes(), "localhost", "1");
      forwarder.target = newServer.ports().getFirst();

      assertThatIOException()
          .isThrownBy(() -> redis.send(connection -> connection.set("key", "2")))
          .withMessageStartingWith("READONLY")
          .withCauseInstanceOf(JedisDataException.class);
      redis.send(connection -> connection.set("key", "2"));
      assertThat(newRedis.get("key")).isEqualTo("2");
    }
  }

  @Test
  void aServerThatAsksForAnotherPasswordIsLeftAfterItsFirstError() throws IOException {
    oldRedis.configSet("requirepass", "old");
    try (var redis = new Redis(url(":old@"), Duration.ZERO)) {
      redis.send(connection -> connection.set("key", "1"));
      oldRedis.configSet("requirepass", "new");
      assertThatIOException()
          .isThrownBy(() -> redis.send(connection -> connection.set("key", "2")))
          .withMessageStartingWith("WRONGPASS");

      newRedis.configSet("requirepass", "old");
      forwarder.target = newServer.ports().getFirst();
      redis.send(connection -> connection.set("key", "2"));
      assertThat(newRedis.get("key")).isEqualTo("2");
    }
  }

  @Test
  void aServerThatIsReplacedIsLeftAlthoughItStillAnswers() throws IOException {
    try (var redis = new Redis(url(""), Duration.ofMillis(100))) {
      redis.send(connection -> connection.set("key", "1"));
      forwarder.target = newServer.ports().getFirst();

      await()
          .atMost(Duration.ofSeconds(2))
          .until(
              () -> {
                redis.send(connection -> connection.set("key", "2"));
                return newRedis.exists("key");
              });
    }
  }

  @Test
  void aYoungConnectionIsUsedAgain() throws IOException {
    try (var redis = new Redis(url(""), LONG)) {
      for (int i = 0; i < 100; i++) {
        redis.send(connection -> connection.incr("key"));
      }
    }

    assertThat(oldRedis.get("key")).isEqualTo("100");
    assertThat(forwarder.connections).hasValue(1);
  }

  @Test
  void nothingIsSentButTheCommand() throws IOException {
    oldRedis.sendCommand(() -> "CONFIG".getBytes(), "RESETSTAT");
    try (var redis = new Redis(url(""), LONG)) {
      redis.send(connection -> connection.set("key", "1"));
    }

    assertThat(oldRedis.info("commandstats")).contains("cmdstat_set:").doesNotContain("hello");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://:p%%40ss: /?#%%25é@localhost:%d",
        "redis://:p@ss: /?#%%25é@localhost:%d",
        "redis://p@ss%%3a /?#%%25é@localhost:%d/",
        "REDIS://default:p%%40ss%%3A%%20%%2F%%3F%%23%%25%%C3%%A9@[::ffff:127.0.0.1]:%d/0"
      })
  void aPasswordIsPercentDecodedAndMayHoldAnyCharacter(String value) throws IOException {
    oldRedis.configSet("requirepass", "p@ss: /?#%é");
    String url = value.formatted(oldServer.ports().getFirst());

    try (var redis = new Redis(url(Map.of("REDIS_URL", url)), LONG)) {
      redis.send(connection -> connection.set("key", "1"));
    }
    assertThat(oldRedis.get("key")).isEqualTo("1");
  }

  @Test
  void aUserLogsInWithThePasswordOfAFile(@TempDir Path folder) throws IOException {
    oldRedis.sendCommand(
        () -> "ACL".getBytes(), "SETUSER", "dc_user", "on", ">s3cret+%41 ", "~*", "+@all");
    Path file = Files.writeString(folder.resolve("password"), "s3cret+%41 \r\n");
    int port = oldServer.ports().getFirst();

    for (String login : new String[] {"dc_user", "dc%5Fuser:", "dc_user:overridden"}) {
      String url = "redis://%s@localhost:%d/3".formatted(login, port);
      var environment = Map.of("REDIS_URL", url, "REDIS_PASSWORD_FILE", file.toString());
      try (var redis = new Redis(url(environment), LONG)) {
        String user = redis.send(Jedis::aclWhoAmI);
        assertThat(user).isEqualTo("dc_user");
        redis.send(connection -> connection.set(login, "1"));
      }
    }
    assertThat(oldRedis.info("keyspace")).contains("db3:keys=3").doesNotContain("db0");
  }

  @Test
  void aUrlWithoutALoginSendsNoPassword() throws IOException {
    for (String login : new String[] {"", "@", ":@"}) {
      try (var redis = new Redis(url(login), LONG)) {
        String reply = redis.send(Jedis::ping);
        assertThat(reply).isEqualTo("PONG");
      }
    }
  }

  private URI url(String login) {
    return url(Map.of("REDIS_URL", "redis://%slocalhost:%d".formatted(login, forwarder.port())));
  }

  private static URI url(Map<String, String> environment) {
    return Redis.url(new Environment(environment));
  }

  private static RedisServer server() throws IOException {
    try (var socket = new ServerSocket(0)) {
      RedisServer server =
          RedisServer.builder().port(socket.getLocalPort()).setting("save \"\"").build();
      socket.close();
      server.start();
      return server;
    }
  }
}
