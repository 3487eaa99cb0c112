package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without these, tests of what expressions name could pass for want of names. */
final class PromQlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "up                                                             | up  |",
        "a{b=\"x{}(y) by (z)\",c!~\"$c\"} == 1e5                        | a   | b,c",
        "sum by (d, e) (rate(a[$__rate_interval])) / sum(rate(b:c[5m])) | a,b:c | d,e",
        "up{job=~\".*x.*\"} unless on (instance) a                      | a,up  | instance,job",
        "(sum(a) or vector(0)) / sum without(f)(b)                      | a,b | f",
        "absent(a) and time() - b > 0.5                                 | a,b |",
      })
  void namesAreFound(String expression, String metrics, String labels) {
    PromQl found = PromQl.parse(expression);
    assertEquals(Set.of(metrics.split(",")), found.metrics());
    assertEquals(labels == null ? Set.of() : Set.of(labels.split(",")), found.labels());
  }
}
