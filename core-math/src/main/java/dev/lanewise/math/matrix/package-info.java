/** Weight matrices packed for the kernels, and the quantized input vector they multiply. */
package dev.lanewise.math.matrix;
