/** The forward pass: tokens to logits. */
package dev.lanewise.engine.transformer;
