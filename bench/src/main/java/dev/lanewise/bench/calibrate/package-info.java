/** Finding thresholds below which activations do not matter. */
package dev.lanewise.bench.calibrate;
