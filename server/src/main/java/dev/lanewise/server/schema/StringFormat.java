package dev.lanewise.server.schema;

import static dev.lanewise.engine.grammar.Expression.optional;
import static dev.lanewise.server.schema.Texts.anyOf;
import static dev.lanewise.server.schema.Texts.digits;
import static dev.lanewise.server.schema.Texts.inOrder;
import static dev.lanewise.server.schema.Texts.literal;
import static dev.lanewise.server.schema.Texts.oneOf;

import dev.lanewise.engine.grammar.Characters;
import dev.lanewise.engine.grammar.Expression;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of {@code format} (JSON Schema 2020-12, Validation, section 7.3). Each admits strings
 * that are of the format, and leaves out forms that hardly anybody writes.
 */
final class StringFormat {
  private static final Expression ALPHANUMERIC =
      new Expression.OneOf(
          Characters.of(
              new Characters.Range('0', '9'),
              new Characters.Range('A', 'Z'),
              new Characters.Range('a', 'z')));

  private static final Expression LETTER =
      new Expression.OneOf(
          Characters.of(new Characters.Range('A', 'Z'), new Characters.Range('a', 'z')));

  private static final Expression HEX = oneOf("0123456789abcdefABCDEF");

  private static final Map<String, Expression> FORMATS = formats();

  private StringFormat() {}

  /**
   * The characters of the strings of a format.
   *
   * @throws InvalidSchema if there is no such format here
   */
  static Expression of(SchemaNode format) {
    Expression characters = FORMATS.get(format.json().textValue());
    if (characters == null) {
      throw format.invalid(
          format.json()
              + " is not supported; supported are "
              + String.join(", ", FORMATS.keySet()));
    }
    return characters;
  }

  private static Map<String, Expression> formats() {
    Map<String, Expression> formats = new LinkedHashMap<>();
    formats.put("date-time", inOrder(date(), literal("T"), time()));
    formats.put("date", date());
    formats.put("time", time());
    formats.put("duration", duration());
    formats.put("uuid", uuid());
    formats.put("email", email());
    formats.put("hostname", hostname());
    formats.put("ipv4", ipv4());
    formats.put("ipv6", ipv6());
    formats.put("uri", uri());
    return formats;
  }

  /** RFC 3339: {@code 2024-02-29}, with as many days as the month has. */
  private static Expression date() {
    Expression day28 =
        anyOf(
            inOrder(literal("0"), oneOf('1', '9')),
            inOrder(literal("1"), oneOf('0', '9')),
            inOrder(literal("2"), oneOf('0', '8')));
    Expression day30 = anyOf(day28, literal("29"), literal("30"));
    Expression longMonth =
        anyOf(inOrder(literal("0"), oneOf("13578")), inOrder(literal("1"), oneOf("02")));
    Expression otherMonth = anyOf(inOrder(literal("0"), oneOf("469")), literal("11"));
    Expression monthAndDay =
        anyOf(
            inOrder(longMonth, literal("-"), anyOf(day30, literal("31"))),
            inOrder(otherMonth, literal("-"), day30),
            inOrder(literal("02-"), day28));
    Expression multipleOf4 =
        anyOf(inOrder(oneOf("02468"), oneOf("048")), inOrder(oneOf("13579"), oneOf("26")));
    Expression multipleOf4Not0 =
        anyOf(
            inOrder(literal("0"), oneOf("48")),
            inOrder(oneOf("2468"), oneOf("048")),
            inOrder(oneOf("13579"), oneOf("26")));
    Expression leapYear =
        anyOf(inOrder(digits(2, 2), multipleOf4Not0), inOrder(multipleOf4, literal("00")));
    return anyOf(
        inOrder(digits(4, 4), literal("-"), monthAndDay), inOrder(leapYear, literal("-02-29")));
  }

  /** RFC 3339: {@code 23:59:59.123Z} or with an offset, of which none is above 14 hours. */
  private static Expression time() {
    Expression hour =
        anyOf(inOrder(oneOf("01"), digits(1, 1)), inOrder(literal("2"), oneOf("0123")));
    Expression offsetHour =
        anyOf(inOrder(literal("0"), digits(1, 1)), inOrder(literal("1"), oneOf('0', '4')));
    Expression sixty = inOrder(oneOf('0', '5'), digits(1, 1));
    return inOrder(
        hour,
        literal(":"),
        sixty,
        literal(":"),
        sixty,
        optional(inOrder(literal("."), digits(1, 9))),
        anyOf(literal("Z"), inOrder(oneOf("+-"), offsetHour, literal(":"), sixty)));
  }

  /** RFC 3339, appendix A: {@code P3DT12H}. */
  private static Expression duration() {
    Expression number = digits(1, 4);
    Expression seconds = inOrder(number, literal("S"));
    Expression minutes = inOrder(number, literal("M"), optional(seconds));
    Expression hours = inOrder(number, literal("H"), optional(minutes));
    Expression time = inOrder(literal("T"), anyOf(hours, minutes, seconds));
    Expression days = inOrder(number, literal("D"));
    Expression months = inOrder(number, literal("M"), optional(days));
    Expression years = inOrder(number, literal("Y"), optional(months));
    Expression date = inOrder(anyOf(days, months, years), optional(time));
    return inOrder(literal("P"), anyOf(date, time, inOrder(number, literal("W"))));
  }

  /** RFC 4122. */
  private static Expression uuid() {
    Expression four = new Expression.Repeat(HEX, 4, 4);
    Expression dash = literal("-");
    return inOrder(four, four, dash, four, dash, four, dash, four, dash, four, four, four);
  }

  /** RFC 5321 without quotes, comments and address literals. */
  private static Expression email() {
    Expression atom = new Expression.Repeat(anyOf(ALPHANUMERIC, oneOf("_+-")), 1, 25);
    return inOrder(atom, optional(inOrder(literal("."), atom)), literal("@"), hostname());
  }

  /** RFC 1123 with two to four labels, of which the last has letters only. */
  private static Expression hostname() {
    Expression some = new Expression.Repeat(ALPHANUMERIC, 1, 20);
    Expression label =
        inOrder(some, new Expression.Repeat(inOrder(literal("-"), some), 0, 2), literal("."));
    return inOrder(new Expression.Repeat(label, 1, 3), new Expression.Repeat(LETTER, 2, 12));
  }

  private static Expression ipv4() {
    Expression byteValue = IntegerRange.natural(BigInteger.ZERO, BigInteger.valueOf(255));
    return inOrder(byteValue, new Expression.Repeat(inOrder(literal("."), byteValue), 3, 3));
  }

  /** RFC 4291 without the form that ends in an IPv4 address. */
  private static Expression ipv6() {
    Expression group = new Expression.Repeat(HEX, 1, 4);
    List<Expression> forms = new ArrayList<>();
    forms.add(groups(group, 8, 8));
    for (int before = 0; before <= 7; before++) {
      forms.add(
          inOrder(groups(group, before, before), literal("::"), groups(group, 0, 7 - before)));
    }
    return anyOf(forms);
  }

  private static Expression groups(Expression group, int least, int most) {
    return Texts.separated(group, literal(":"), least, most);
  }

  /** RFC 3986 with a host, such as {@code https://example.org:8080/a?b=c#d}. */
  private static Expression uri() {
    Expression scheme =
        inOrder(
            oneOf('a', 'z'),
            new Expression.Repeat(anyOf(oneOf('a', 'z'), oneOf('0', '9'), oneOf("+.-")), 1, 15));
    Expression port =
        inOrder(literal(":"), IntegerRange.natural(BigInteger.ONE, BigInteger.valueOf(65_535)));
    Expression character =
        anyOf(ALPHANUMERIC, oneOf("-._~!$&'()*+,;=:@"), inOrder(literal("%"), HEX, HEX));
    Expression segment = new Expression.Repeat(character, 0, 200);
    Expression tail = new Expression.Repeat(anyOf(character, oneOf("/?")), 0, 200);
    return inOrder(
        scheme,
        literal("://"),
        anyOf(hostname(), literal("localhost"), ipv4()),
        optional(port),
        new Expression.Repeat(inOrder(literal("/"), segment), 0, 10),
        optional(inOrder(literal("?"), tail)),
        optional(inOrder(literal("#"), tail)));
  }
}
