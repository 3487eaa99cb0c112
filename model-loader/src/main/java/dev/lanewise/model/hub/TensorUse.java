package dev.lanewise.model.hub;

import dev.lanewise.model.config.Half;
import dev.lanewise.model.config.TensorName;

/**
 * What a stored tensor is for: a tensor that GGUF has a name for, or some rows of one.
 *
 * @param name of the tensor of GGUF
 * @param form how its numbers are stored
 * @param rows which of the stored rows
 * @param join what they are of the tensor
 * @param index which expert or part, from 0
 */
public record TensorUse(String name, Form form, RowChoice rows, Join join, int index) {
  /** How numbers are stored. */
  public enum Form {
    /** As they are computed with. */
    PLAIN,
    /** 1 has to be added to them (Gemma's norms). */
    LESS_ONE,
    /** {@code [in, out]} in the place of {@code [out, in]}. */
    TRANSPOSED,
    /** The codes of MXFP4, {@code [.., rows, blocks, 16]} bytes of two neighbours each. */
    MXFP4_CODES,
    /** The scales of MXFP4, {@code [.., rows, blocks]} bytes. */
    MXFP4_SCALES
  }

  /** What rows are of a tensor. */
  public enum Join {
    /** All of it. */
    WHOLE,
    /** Those of one expert. */
    EXPERT,
    /** One of several parts that stand below each other. */
    PART
  }

  static TensorUse of(TensorName tensor) {
    return new TensorUse(tensor.fileName(), Form.PLAIN, RowChoice.ALL, Join.WHOLE, 0);
  }

  /** Of a half of an encoder-decoder. */
  static TensorUse of(Half half, TensorName tensor) {
    return new TensorUse(
        half.fileName(tensor.fileName()), Form.PLAIN, RowChoice.ALL, Join.WHOLE, 0);
  }

  /** The same for the biases of these weights, which are stored as they are. */
  TensorUse ofBias() {
    return new TensorUse(TensorName.biasOf(name), Form.PLAIN, rows, join, index);
  }

  TensorUse as(Form other) {
    return new TensorUse(name, other, rows, join, index);
  }

  TensorUse of(RowChoice choice) {
    return new TensorUse(name, form, choice, join, index);
  }

  TensorUse asExpert() {
    return new TensorUse(name, form, rows, Join.EXPERT, index);
  }

  TensorUse asPart(int part) {
    return new TensorUse(name, form, rows, Join.PART, part);
  }

  /** The same for one layer and expert, of a model with heads of some length. */
  TensorUse in(int layer, int expert, int headDim) {
    return new TensorUse(
        name.formatted(layer),
        form,
        rows.withHeads(headDim),
        join,
        join == Join.EXPERT ? expert : index);
  }
}
