package dev.lanewise.server;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What an expression in PromQL names: the metrics it selects, and labels of them. */
record PromQl(Set<String> metrics, Set<String> labels) {
  private static final Pattern STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern RANGE = Pattern.compile("\\[[^]]*]");
  private static final Pattern MATCHERS = Pattern.compile("\\{([^}]*)}");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_]\\w*");

  /** A name that is no function's or aggregation's, and not the e of a number. */
  private static final Pattern METRIC =
      Pattern.compile("(?<![\\w:.])[a-zA-Z_:][\\w:]*+(?!\\s*\\()");

  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");

  static PromQl parse(String expression) {
    String rest = RANGE.matcher(STRING.matcher(expression).replaceAll("")).replaceAll("");
    Set<String> labels = new TreeSet<>();
    for (Pattern list : List.of(MATCHERS, GROUPING)) {
      Matcher matcher = list.matcher(rest);
      matcher.results().forEach(found -> labels.addAll(all(NAME, found.group(1))));
      rest = matcher.replaceAll("");
    }
    Set<String> metrics = all(METRIC, rest);
    metrics.removeAll(OPERATORS);
    return new PromQl(metrics, labels);
  }

  private static Set<String> all(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
