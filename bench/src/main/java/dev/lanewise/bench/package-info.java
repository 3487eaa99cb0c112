/** Measuring: how fast a model reads prompts and writes answers, and how well it predicts text. */
package dev.lanewise.bench;
