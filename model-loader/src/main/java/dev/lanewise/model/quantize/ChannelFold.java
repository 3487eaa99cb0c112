package dev.lanewise.model.quantize;

import java.util.List;
import java.util.stream.Stream;

/**
 * A vector between two parts of a model whose elements can be multiplied by factors without a trace
 * in what the model computes: what makes the vector is multiplied by them, and the columns of the
 * matrices that read it are divided by them.
 *
 * @param makers what makes the vector
 * @param readers matrices whose input it is
 * @param elements how many elements have a factor of their own
 * @param elementOf for each column of the readers, which of these elements it is
 */
record ChannelFold(List<Maker> makers, List<String> readers, int elements, int[] elementOf) {
  /**
   * A norm or a bias, whose elements are those of the vector, or a matrix with a row for each.
   *
   * @param first which of its elements or rows is the first of the vector's
   */
  record Maker(String tensor, int first) {}

  /** The names of all tensors that the factors change. */
  Stream<String> tensors() {
    return Stream.concat(makers.stream().map(Maker::tensor), readers.stream());
  }
}
