package dockercoins.labs.harness;

import java.util.PriorityQueue;
import java.util.Random;

/** Simulates workers and the queues of several rng, to know which speed to expect. */
public final class Queues {

  /** Chooses an rng for each request. */
  public enum Policy {
    /** kube-proxy does this, and a worker does it if DNS gives it the addresses of all rng. */
    RANDOM,
    /** The virtual IP of a swarm does this. */
    ROUND_ROBIN,
    /** An ambassador does this. */
    FEWEST_CONNECTIONS
  }

  private static final double SECONDS = 1000;

  private Queues() {}

  /** The speed of so many workers, in hashes a second. */
  public static double speed(int workers, int rngs, Policy policy) {
    var random = new Random(1);
    var arrivals = new PriorityQueue<Double>();
    for (int i = 0; i < workers; i++) {
      arrivals.add(0.3 * random.nextDouble());
    }
    double[] free = new double[rngs]; // when each rng has served all requests so far
    int hashes = 0;
    double now;
    while ((now = arrivals.poll()) < SECONDS) {
      int rng =
          switch (policy) {
            case RANDOM -> random.nextInt(rngs);
            case ROUND_ROBIN -> hashes % rngs;
            case FEWEST_CONNECTIONS -> shortest(free);
          };
      free[rng] = Math.max(now, free[rng]) + 0.1;
      arrivals.add(free[rng] + 0.2); // the hasher and the delay of the worker take 0.1 s each
      hashes++;
    }
    return hashes / SECONDS;
  }

  private static int shortest(double[] free) {
    int shortest = 0;
    for (int i = 1; i < free.length; i++) {
      if (free[i] < free[shortest]) {
        shortest = i;
      }
    }
    return shortest;
  }
}
