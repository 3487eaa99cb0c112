package dev.lanewise.server.schema;

import dev.lanewise.engine.grammar.Expression;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The arrays that {@code items}, {@code prefixItems}, {@code minItems} and {@code maxItems} ask
 * for.
 */
final class ArrayText {
  private final Function<SchemaNode, Expression> valueOf;

  /**
   * Describes arrays.
   *
   * @param valueOf what a schema admits, {@link Texts#NOTHING} for {@code false}
   */
  ArrayText(Function<SchemaNode, Expression> valueOf) {
    this.valueOf = valueOf;
  }

  Expression of(Keywords keywords) {
    int least = keywords.count("minItems", 0);
    int most = keywords.count("maxItems", Expression.Repeat.UNBOUNDED);
    if (most < least) {
      throw keywords.single().get("maxItems").invalid("is less than 'minItems'");
    }
    List<Expression> first = first(keywords.single().get("prefixItems"));
    Expression others = others(keywords, least > first.size());
    int end = first.contains(Texts.NOTHING) ? first.indexOf(Texts.NOTHING) : first.size();
    if (end < first.size() || others.equals(Texts.NOTHING)) {
      most = Math.min(most, end);
    }
    if (most < least) {
      throw keywords
          .single()
          .get("minItems")
          .invalid("asks for more elements than have a schema that admits anything");
    }
    return JsonText.array(elements(first, others, least, most));
  }

  private List<Expression> first(SchemaNode prefixItems) {
    if (prefixItems == null) {
      return List.of();
    }
    return IntStream.range(0, prefixItems.json().size())
        .mapToObj(i -> valueOf.apply(prefixItems.at(i)))
        .toList();
  }

  /**
   * What follows the elements with schemas of their own. If the schema lists such and says nothing
   * of others, others are admitted only where it asks for more elements.
   */
  private Expression others(Keywords keywords, boolean needed) {
    SchemaNode items = keywords.single().get("items");
    if (items != null) {
      return valueOf.apply(items);
    }
    return needed || !keywords.single().containsKey("prefixItems") ? JsonText.VALUE : Texts.NOTHING;
  }

  private static Expression elements(
      List<Expression> first, Expression others, int least, int most) {
    int listed = Math.min(first.size(), most);
    if (listed == 0) {
      return Texts.separated(others, JsonText.SEPARATOR, least, most);
    }
    int more = most == Expression.Repeat.UNBOUNDED ? most : most - listed;
    Expression rest =
        more == 0
            ? Expression.EMPTY
            : new Expression.Repeat(
                Texts.inOrder(JsonText.SEPARATOR, others), Math.max(0, least - listed), more);
    for (int i = listed - 1; i >= 0; i--) {
      Expression element =
          i == 0 ? first.getFirst() : Texts.inOrder(JsonText.SEPARATOR, first.get(i));
      Expression from = Texts.inOrder(element, rest);
      rest = i >= least ? Expression.optional(from) : from;
    }
    return rest;
  }
}
