/** Made-up models: files of a given shape with random weights, to measure speed with. */
package dev.lanewise.bench.synth;
