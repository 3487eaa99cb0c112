/** Measuring how well a model predicts text. */
package dev.lanewise.bench.quality;
