package dev.lanewise.model;

import java.nio.file.Path;

/** A valid model file asks for something this version does not compute. */
public final class UnsupportedModel extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says what is not supported, and what is.
   *
   * @param what what the file asks for: {@code architecture "mamba"}
   * @param supported what it could ask for instead
   */
  public UnsupportedModel(Path file, String what, String supported) {
    super(file + ": " + what + " is not supported; supported: " + supported);
  }
}
