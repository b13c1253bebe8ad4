package dockercoins.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dockercoins.bench.Load.Requests;
import org.junit.jupiter.api.Test;

class LoadTest {

  @Test
  void ab() {
    Requests requests =
        Requests.ofAb(
            """
            Concurrency Level:      8
            Time taken for tests:   1.002 seconds
            Complete requests:      1207
            Failed requests:        0
            Total transferred:      450739 bytes
            Requests per second:    1204.57 [#/sec] (mean)
            """);

    assertThat(requests).isEqualTo(new Requests(0, 1207, 1.002));
    assertThat(requests.succeededPerSecond()).isCloseTo(1204.6, within(0.1));
  }

  @Test
  void abWithRefusals() {
    assertThat(
            Requests.ofAb(
                """
                Time taken for tests:   0.066 seconds
                Complete requests:      50
                Failed requests:        0
                Non-2xx responses:      50
                """))
        .isEqualTo(new Requests(50, 50, 0.066))
        .returns(0.0, Requests::succeededPerSecond);
  }

  @Test
  void abWithNobodyThere() {
    assertThat(
            Requests.ofAb(
                """
                Time taken for tests:   1.000 seconds
                Complete requests:      37520
                Failed requests:        56280
                   (Connect: 0, Receive: 37520, Length: 0, Exceptions: 18760)
                """))
        .returns(0.0, Requests::succeededPerSecond);
  }

  @Test
  void wrk() {
    Requests requests =
        Requests.ofWrk(
            """
            Running 1s test @ http://127.0.0.1:18999/
              1 threads and 8 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency     4.64ms    1.21ms  10.41ms   72.24%
                Req/Sec     1.27k    78.78     1.37k    50.00%
              1261 requests in 1.00s, 459.48KB read
            Requests/sec:   1260.35
            Transfer/sec:    459.24KB
            """);

    assertThat(requests).isEqualTo(new Requests(0, 1261, 1.00));
  }

  @Test
  void wrkWithRefusalsAndBrokenConnections() {
    assertThat(
            Requests.ofWrk(
                """
                  1435 requests in 1.00m, 728.89KB read
                  Socket errors: connect 1, read 2, write 3, timeout 4
                  Non-2xx or 3xx responses: 35
                Requests/sec:   1434.46
                """))
        .isEqualTo(new Requests(45, 1445, 60));
  }

  @Test
  void whatIsNotFoundIsNamed() {
    assertThatThrownBy(() -> Requests.ofWrk("nothing"))
        .hasMessageContaining("is not in what was printed:\nnothing");
  }
}
