package dev.lanewise.model.config;

/** The halves of an encoder-decoder, whose tensors have names of their own in a file. */
public enum Half {
  /** Reads the prompt. */
  ENCODER("enc."),

  /** Writes the answer. */
  DECODER("dec.");

  private final String prefix;

  Half(String prefix) {
    this.prefix = prefix;
  }

  /** What a file calls the tensor of this half that is called {@code name} in a whole model. */
  public String fileName(String name) {
    return prefix + name.replace(".attn_output.", ".attn_o.");
  }
}
