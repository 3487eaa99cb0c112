package dev.lanewise.engine.packed;

/** A file of packed weights is not what was written. */
final class DamagedPack extends Exception {
  private static final long serialVersionUID = 1;

  DamagedPack(String reason) {
    super(reason);
  }
}
