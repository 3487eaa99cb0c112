package dev.lanewise.engine.sparse;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What a file says; sequences that leave out as much share what they need for it. */
final class FileSparsity implements ModelSparsity {
  private final SparsityFile file;
  private final Sparsity chosen;
  private final double leftOut;

  /** By the target of their level, of which a file has few. */
  private final Map<Double, Sparsity> levels = new ConcurrentHashMap<>();

  /**
   * As much as was calibrated up to a target.
   *
   * @throws dev.lanewise.engine.InvalidRequest if the file has nothing for it
   */
  FileSparsity(SparsityFile file, double target) {
    this.file = file;
    chosen = level(target);
    leftOut = chosen instanceof Thresholds ? file.level(target).realised() : 0;
  }

  @Override
  public Sparsity get() {
    return chosen;
  }

  @Override
  public double leftOut() {
    return leftOut;
  }

  @Override
  public Supplier<Sparsity> at(double share) {
    Sparsity asked = level(share);
    return () -> asked;
  }

  private Sparsity level(double target) {
    return levels.computeIfAbsent(file.level(target).target(), file::at);
  }
}
