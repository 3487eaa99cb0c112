/**
 * An interpreter for the part of Jinja2 that published chat templates use, in the environment they
 * are published for: {@code trim_blocks}, {@code lstrip_blocks}, loop controls, no automatic
 * escaping, immutable sandbox.
 *
 * <p>Templates come from model files nobody has checked, so everything is bounded ({@link
 * dev.lanewise.model.chat.jinja.Limits}), and every character of the output remembers whether the
 * template or the conversation wrote it ({@link dev.lanewise.model.chat.jinja.Text}).
 *
 * <p>The way of a template: {@code Lexer} to tokens, {@code StatementParser} and {@code
 * ExpressionParser} to immutable {@code Statement} and {@code Expression} records, {@code Executor}
 * and {@code Evaluator} to text.
 */
package dev.lanewise.model.chat.jinja;
