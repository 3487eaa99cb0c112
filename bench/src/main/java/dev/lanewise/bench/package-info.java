/** Measuring: how fast a model reads prompts and writes answers. */
package dev.lanewise.bench;
