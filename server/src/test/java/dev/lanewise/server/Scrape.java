package dev.lanewise.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server answers to Prometheus: the names of its samples, each with its labels. */
record Scrape(Map<String, Set<String>> labels) {
  private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

  static Scrape of(RunningServer server) throws Exception {
    HttpResponse<String> response = server.get("/metrics");
    assertEquals(200, response.statusCode());
    Map<String, Set<String>> labels = new TreeMap<>();
    for (String line : response.body().lines().toList()) {
      Matcher sample = SAMPLE.matcher(line);
      if (sample.matches()) {
        Set<String> ofName = labels.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
        if (sample.group(2) != null) {
          LABEL.matcher(sample.group(2)).results().forEach(label -> ofName.add(label.group(1)));
        }
      }
    }
    return new Scrape(labels);
  }
}
