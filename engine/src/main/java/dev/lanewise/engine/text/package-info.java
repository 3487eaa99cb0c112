/** Tokens to text on the reader's side. */
package dev.lanewise.engine.text;
