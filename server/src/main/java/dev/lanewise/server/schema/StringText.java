package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import dev.lanewise.engine.grammar.GrammarError;
import dev.lanewise.engine.grammar.RegexParser;
import java.util.Set;

/**
 * The strings that {@code minLength}, {@code maxLength}, {@code pattern} and {@code format} ask
 * for.
 */
final class StringText {
  private StringText() {}

  static Expression of(Keywords keywords) {
    int least = keywords.count("minLength", 0);
    int most = keywords.count("maxLength", Expression.Repeat.UNBOUNDED);
    if (most < least) {
      throw keywords.single().get("maxLength").invalid("is less than 'minLength'");
    }
    SchemaNode pattern = keywords.single().get("pattern");
    SchemaNode format = keywords.single().get("format");
    if (pattern != null && format != null) {
      throw format.invalid("together with 'pattern' is not supported: leave one of them out");
    }
    if (pattern != null) {
      return JsonText.string(limited(found(pattern), least, most, pattern));
    }
    if (format != null) {
      return JsonText.string(limited(StringFormat.of(format), least, most, format));
    }
    boolean any = least == 0 && most == Expression.Repeat.UNBOUNDED;
    return any ? JsonText.STRING : JsonText.string(least, most);
  }

  private static Expression found(SchemaNode pattern) {
    try {
      return RegexParser.search(pattern.json().textValue(), Characters.ALL);
    } catch (GrammarError e) {
      throw pattern.invalid("cannot be used: " + e.getMessage());
    }
  }

  private static Expression limited(Expression characters, int least, int most, SchemaNode where) {
    long limit = most == Expression.Repeat.UNBOUNDED ? Lengths.UNBOUNDED : most;
    Expression limited =
        Lengths.limited(characters, least, limit)
            .orElseThrow(
                () ->
                    where.invalid(
                        "varies in length in more than one place, which is not supported together"
                            + " with 'minLength' or 'maxLength': anchor it with ^ and $, bound its"
                            + " repetitions, and leave those out"));
    if (!Rules.ends(limited, Set.of())) {
      throw where.invalid("is found in no string of the length that is asked for");
    }
    return limited;
  }
}
