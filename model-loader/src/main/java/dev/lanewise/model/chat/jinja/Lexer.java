package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens, with {@code trim_blocks} (the newline after a block tag goes),
 * {@code lstrip_blocks} (so does the indentation before one) and without the newline at the end of
 * the file.
 */
final class Lexer {
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;
  private int lineBegin;

  /**
   * True if what was consumed last ended a line, so that a tag here is the first thing on its line.
   */
  private boolean lineStarts = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    if (source.length() > Limits.SOURCE) {
      throw new JinjaException(
          "template of more than " + Limits.SOURCE + " characters", new Place(1, 1));
    }
    String lines = source.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (position < source.length()) {
      int tag = nextTag(position);
      if (tag < 0) {
        add(Kind.DATA, source.substring(position));
        moveTo(source.length());
      } else {
        tag(tag);
      }
    }
    add(Kind.END, "");
  }

  private int nextTag(int from) {
    int brace = source.indexOf('{', from);
    while (brace >= 0 && brace + 1 < source.length()) {
      if ("{%#".indexOf(source.charAt(brace + 1)) >= 0) {
        return brace;
      }
      brace = source.indexOf('{', brace + 1);
    }
    return -1;
  }

  private void tag(int tag) {
    char type = source.charAt(tag + 1);
    data(tag, type != '{');
    int inside = tag + 2;
    if (signAt(inside) != ' ') {
      inside++;
    }
    if (type == '#') {
      int end = source.indexOf("#}", inside);
      if (end < 0) {
        throw new JinjaException("Missing end of comment tag", place());
      }
      moveTo(inside);
      closeBlock(end);
    } else if (type == '{') {
      add(Kind.VARIABLE_BEGIN, "{{");
      moveTo(inside);
      expression("}}");
    } else if (!raw(inside)) {
      add(Kind.BLOCK_BEGIN, "{%");
      moveTo(inside);
      expression("%}");
    }
  }

  /**
   * Emits the data up to the tag, without the white space the tag's sign or {@code lstrip_blocks}
   * takes.
   */
  private void data(int tag, boolean stripIndentation) {
    String text = source.substring(position, tag);
    char sign = signAt(tag + 2);
    int end = text.length();
    if (sign == '-') {
      end = Spaces.trimmedEnd(text, 0);
    } else if (sign != '+' && stripIndentation) {
      int lineBegin = text.lastIndexOf('\n') + 1;
      if ((lineBegin > 0 || lineStarts) && Spaces.trimmedEnd(text, lineBegin) == lineBegin) {
        end = lineBegin;
      }
    }
    if (end > 0) {
      add(Kind.DATA, text.substring(0, end));
    }
    moveTo(tag);
  }

  private char signAt(int index) {
    char c = index < source.length() ? source.charAt(index) : ' ';
    return c == '-' || c == '+' ? c : ' ';
  }

  /**
   * Handles {@code {% raw %}...{% endraw %}} if the tag whose inside begins at {@code inside} opens
   * it.
   */
  private boolean raw(int inside) {
    int end = keywordTagEnd(inside, "raw");
    if (end < 0) {
      return false;
    }
    boolean strip = source.charAt(end) == '-';
    moveTo(end + (strip ? 3 : 2));
    if (strip) {
      moveTo(Spaces.skip(source, position));
    }
    for (int tag = source.indexOf("{%", position); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
      int close = keywordTagEnd(tag + (signAt(tag + 2) == ' ' ? 2 : 3), "endraw");
      if (close >= 0) {
        data(tag, true);
        closeBlock(close + (source.charAt(close) == '%' ? 0 : 1));
        return true;
      }
    }
    throw new JinjaException("Missing end of raw directive", place());
  }

  /**
   * Where the end of a tag that holds only this keyword begins (at its sign, if it has one); -1 if
   * it is another.
   */
  private int keywordTagEnd(int inside, String keyword) {
    int begin = Spaces.skip(source, inside);
    if (!source.startsWith(keyword, begin)) {
      return -1;
    }
    int end = Spaces.skip(source, begin + keyword.length());
    boolean plusAllowed = keyword.equals("endraw");
    boolean closes =
        source.startsWith("%}", end)
            || source.startsWith("-%}", end)
            || (plusAllowed && source.startsWith("+%}", end));
    return closes ? end : -1;
  }

  /**
   * Moves behind the two characters at {@code end} that close a tag and the white space that goes
   * with them.
   */
  private void closeBlock(int end) {
    char sign = end > position ? signAt(end - 1) : ' ';
    int next = end + 2;
    if (sign == '-') {
      next = Spaces.skip(source, next);
    } else if (sign != '+' && source.startsWith("\n", next)) {
      next++;
    }
    moveTo(next);
  }

  private void expression(String close) {
    ExpressionLexer inner = new ExpressionLexer(source, position, line, lineBegin, close);
    int end = inner.run(tokens);
    if (close.equals("%}")) {
      moveTo(inner.lastTokenEnd());
      add(Kind.BLOCK_END, "%}");
      closeBlock(end);
    } else {
      boolean strip = end > 0 && source.charAt(end - 1) == '-' && end - 1 >= inner.lastTokenEnd();
      moveTo(end);
      add(Kind.VARIABLE_END, "}}");
      moveTo(strip ? Spaces.skip(source, end + 2) : end + 2);
    }
  }

  private void moveTo(int next) {
    for (int i = position; i < next; i++) {
      if (source.charAt(i) == '\n') {
        line++;
        lineBegin = i + 1;
      }
    }
    lineStarts = next > position ? source.charAt(next - 1) == '\n' : lineStarts;
    position = next;
  }

  private Place place() {
    return new Place(line, position - lineBegin + 1);
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, place()));
  }
}
