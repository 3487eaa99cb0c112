/** Numbers: block formats, packed matrices, kernels and the thread team. */
package dev.lanewise.math;
