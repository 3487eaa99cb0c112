/** Choosing the next token from the logits. */
package dev.lanewise.engine.sample;
