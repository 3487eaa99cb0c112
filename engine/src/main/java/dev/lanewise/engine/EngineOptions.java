package dev.lanewise.engine;

import dev.lanewise.engine.sparse.SparsityChoice;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.chat.ChatTemplate;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How an engine computes.
 *
 * @param threads platform threads that share each operation, the engine thread included
 * @param context most tokens of one request, prompt and answer together; empty for the smaller of
 *     the model's context and {@link #DEFAULT_CONTEXT}, or {@link #DEFAULT_ENCODER_CONTEXT}
 * @param activations precision of the inputs of matrix products
 * @param kvCache number format of cached keys and values
 * @param weights format that the weight matrices are converted to when they are loaded; empty to
 *     leave them as they are in the file
 * @param packCache folder that keeps packed weights for the next start; empty to keep none
 * @param batching how requests share the engine
 * @param chatTemplate takes the place of the model's chat template
 * @param sparsity what is left out while answers are generated
 * @param modelSampling whether {@link Engine#sampling} is what the model's files recommend
 */
public record EngineOptions(
    int threads,
    OptionalInt context,
    Activations activations,
    KvFormat kvCache,
    Optional<BlockFormat> weights,
    Optional<Path> packCache,
    Batching batching,
    Optional<ChatTemplate> chatTemplate,
    SparsityChoice sparsity,
    boolean modelSampling) {

  /** Context of a model that allows more, unless asked for. */
  public static final int DEFAULT_CONTEXT = 8192;

  /** The same of an encoder, which has memory for all tokens of a text at once. */
  public static final int DEFAULT_ENCODER_CONTEXT = 2048;

  /** Precision of the inputs of matrix products. */
  public enum Activations {
    /**
     * One byte with a scale for each 32 values: about four times less arithmetic, at a small loss.
     */
    INT8,
    /** Full precision, as the reference computes. */
    F32
  }

  public EngineOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + ", must be at least 1");
    }
    if (context.isPresent() && context.getAsInt() < 2) {
      throw new IllegalArgumentException(
          "context: " + context.getAsInt() + ", must be at least 2: a prompt token and an answer");
    }
  }

  /** Options that keep no packed weights and leave nothing out, with {@link Batching#DEFAULTS}. */
  public EngineOptions(
      int threads,
      OptionalInt context,
      Activations activations,
      KvFormat kvCache,
      Optional<BlockFormat> weights) {
    this(
        threads,
        context,
        activations,
        kvCache,
        weights,
        Optional.empty(),
        Batching.DEFAULTS,
        Optional.empty(),
        SparsityChoice.OFF,
        true);
  }

  /** These options, with packed weights kept in {@code folder}. */
  public EngineOptions withPackCache(Path folder) {
    return new EngineOptions(
        threads,
        context,
        activations,
        kvCache,
        weights,
        Optional.of(folder),
        batching,
        chatTemplate,
        sparsity,
        modelSampling);
  }

  /** These options, with requests that share the engine so. */
  public EngineOptions withBatching(Batching how) {
    return new EngineOptions(
        threads,
        context,
        activations,
        kvCache,
        weights,
        packCache,
        how,
        chatTemplate,
        sparsity,
        modelSampling);
  }

  /** These options, with a chat template in the place of the model's; empty for the model's. */
  public EngineOptions withChatTemplate(Optional<ChatTemplate> template) {
    return new EngineOptions(
        threads,
        context,
        activations,
        kvCache,
        weights,
        packCache,
        batching,
        template,
        sparsity,
        modelSampling);
  }

  /** These options, with something else left out while answers are generated. */
  public EngineOptions withSparsity(SparsityChoice choice) {
    return new EngineOptions(
        threads,
        context,
        activations,
        kvCache,
        weights,
        packCache,
        batching,
        chatTemplate,
        choice,
        modelSampling);
  }

  /** These options, with or without what the model's files recommend for sampling. */
  public EngineOptions withModelSampling(boolean used) {
    return new EngineOptions(
        threads,
        context,
        activations,
        kvCache,
        weights,
        packCache,
        batching,
        chatTemplate,
        sparsity,
        used);
  }

  /**
   * All physical cores the process may use, the default context, int8 activations, BF16 cache,
   * weights as they are, none kept packed, nothing left out.
   */
  public static EngineOptions defaults() {
    return new EngineOptions(
        CpuTopology.cores().count(),
        OptionalInt.empty(),
        Activations.INT8,
        KvFormat.BF16,
        Optional.empty());
  }
}
