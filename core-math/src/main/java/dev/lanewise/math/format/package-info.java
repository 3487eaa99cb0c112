/** Block formats of quantized weights, defined by their scalar decoders. */
package dev.lanewise.math.format;
