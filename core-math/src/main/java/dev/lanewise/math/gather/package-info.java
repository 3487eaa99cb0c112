/** Compact copies: some rows or inputs of a packed matrix, as a matrix of its own. */
package dev.lanewise.math.gather;
