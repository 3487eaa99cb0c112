/**
 * The kernels: interfaces, the scalar kernels that define them, the vector kernels, and the choice
 * between the two.
 */
package dev.lanewise.math.kernel;
