package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Token.Kind;
import java.util.List;

/** The tokens of a template with a place in them, and how deep the syntax is there. */
final class TokenStream {
  private final List<Token> tokens;
  private int next;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(next);
  }

  Token following() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  /** Returns the current token and goes on to the next. */
  Token take() {
    Token token = current();
    if (next < tokens.size() - 1) {
      next++;
    }
    return token;
  }

  boolean skip(Kind kind) {
    boolean there = current().is(kind);
    if (there) {
      take();
    }
    return there;
  }

  boolean skipOperator(String operator) {
    boolean there = current().isOperator(operator);
    if (there) {
      take();
    }
    return there;
  }

  boolean skipName(String name) {
    boolean there = current().isName(name);
    if (there) {
      take();
    }
    return there;
  }

  Token expect(Kind kind) {
    if (!current().is(kind)) {
      throw unexpected("'" + kind.description + "'");
    }
    return take();
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  JinjaException unexpected(String expected) {
    return fail("expected " + expected + ", got " + current().description());
  }

  JinjaException fail(String message) {
    return new JinjaException(message, current().place());
  }

  /** Goes one level deeper into the syntax; {@link #leave} comes back. */
  void enter() {
    if (++depth > Limits.SYNTAX_DEPTH) {
      throw fail("nested more than " + Limits.SYNTAX_DEPTH + " deep");
    }
  }

  void leave() {
    depth--;
  }
}
