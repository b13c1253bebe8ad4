package dockercoins.rng;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;

/**
 * At the connection limit, closes connections that have been idle for too long and have no request
 * in the queue. An idle timeout would do the same, but it would also expire again and again for
 * each connection that waits in the queue.
 */
final class IdleConnections {

  private final Server server;
  private final NetworkConnectionLimit limit;

  IdleConnections(Server server) {
    this.server = server;
    limit = server.getBean(NetworkConnectionLimit.class);
    limit.setEndPointIdleTimeout(0);
  }

  /** Looks once a second, until the server stops. */
  void closeAtTheLimit() {
    if (limit.getNetworkConnectionCount() >= limit.getMaxNetworkConnectionCount()) {
      for (EndPoint client : server.getConnectors()[0].getConnectedEndPoints()) {
        if (!waits(client.getConnection()) && idleMs(client) > WebServer.MAX_IDLE_WHEN_FULL_MS) {
          client.close();
        }
      }
    }
    server.getScheduler().schedule(this::closeAtTheLimit, 1, TimeUnit.SECONDS);
  }

  private static boolean waits(Connection connection) {
    return connection.getMessagesIn() > connection.getMessagesOut();
  }

  private static long idleMs(EndPoint client) {
    return ((AbstractEndPoint) client).getIdleFor();
  }
}
