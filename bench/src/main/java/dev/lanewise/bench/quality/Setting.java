package dev.lanewise.bench.quality;

import dev.lanewise.engine.sparse.Sparsity;
import dev.lanewise.engine.transformer.Transformer;
import dev.lanewise.math.kernel.KvFormat;
import java.util.function.Supplier;

/**
 * One way to compute a text.
 *
 * @param transformer with the weights as they are to be
 * @param kv how keys and values are kept
 * @param sparsity what is left out, asked for once for each sequence
 */
public record Setting(Transformer transformer, KvFormat kv, Supplier<Sparsity> sparsity) {
  /** A setting that leaves nothing out. */
  public static Setting dense(Transformer transformer, KvFormat kv) {
    return new Setting(transformer, kv, () -> Sparsity.NONE);
  }

  int vocabulary() {
    return transformer.config().vocabulary();
  }
}
