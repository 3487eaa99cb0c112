package dev.lanewise.bench.synth;

import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.Experts;
import dev.lanewise.model.config.Trait;
import java.util.List;

/** The table of shapes. */
final class KnownShapes {
  private static final Biases QKV = new Biases(true, false, false, false, false);
  private static final Biases NORMS = new Biases(false, false, false, false, true);
  private static final Biases ALL_OF_DENSE = new Biases(true, true, true, false, true);
  private static final Biases ATTENTION_AND_EXPERTS = new Biases(true, true, false, true, false);

  /** Of Llama itself, its relatives, mixtures of experts, older models, encoders, T5. */
  static final List<Shape> ALL =
      List.of(
          begin("tiny", "llama", 512, 2048).layers(2, 256, 256).heads(8, 2, 32).shape(),
          begin("smollm2-135m", "llama", 49152, 8192)
              .layers(30, 576, 1536)
              .heads(9, 3, 64)
              .rope(100_000)
              .shape(),
          begin("llama-3.2-1b", "llama", 128256, 131072)
              .layers(16, 2048, 8192)
              .heads(32, 8, 64)
              .rope(500_000)
              .stretched(32)
              .shape(),
          begin("llama-3.2-3b", "llama", 128256, 131072)
              .layers(28, 3072, 8192)
              .heads(24, 8, 128)
              .rope(500_000)
              .stretched(32)
              .shape(),
          begin("llama-3.1-8b", "llama", 128256, 131072)
              .layers(32, 4096, 14336)
              .heads(32, 8, 128)
              .untied()
              .rope(500_000)
              .stretched(8)
              .shape(),
          begin("qwen2.5-0.5b", "qwen2", 151936, 32768)
              .layers(24, 896, 4864)
              .heads(14, 2, 64)
              .epsilon(1e-6f)
              .rope(1_000_000)
              .biases(QKV)
              .shape(),
          begin("qwen3-0.6b", "qwen3", 151936, 40960)
              .layers(28, 1024, 3072)
              .heads(16, 8, 128)
              .epsilon(1e-6f)
              .rope(1_000_000)
              .shape(),
          begin("gemma-3-1b", "gemma3", 262144, 32768)
              .layers(26, 1152, 6912)
              .heads(4, 1, 256)
              .epsilon(1e-6f)
              .rope(1_000_000)
              .window(512, 10_000)
              .shape(),
          begin("gemma-2-2b", "gemma2", 256000, 8192)
              .layers(26, 2304, 9216)
              .heads(8, 4, 256)
              .epsilon(1e-6f)
              .window(4096, 10_000)
              .softcaps(50, 30)
              .shape(),
          begin("granite-3.1-2b", "granite", 49155, 131072)
              .layers(40, 2048, 8192)
              .heads(32, 8, 64)
              .rope(5_000_000)
              .scales(12, 0.22f, 1 / 64f, 8)
              .shape(),
          begin("olmo-2-1b", "olmo2", 100352, 4096)
              .layers(16, 2048, 8192)
              .heads(16, 16, 128)
              .untied()
              .epsilon(1e-6f)
              .rope(500_000)
              .shape(),
          begin("smollm3-3b", "smollm3", 128256, 65536)
              .layers(36, 2048, 11008)
              .heads(16, 4, 128)
              .epsilon(1e-6f)
              .rope(5_000_000)
              .shape(),
          // llama.cpp looks for tokens of Phi-3 where it finds that in the name.
          begin("phi-mini-4k", "phi3", 32064, 4096)
              .layers(32, 3072, 8192)
              .heads(32, 32, 96)
              .untied()
              .window(2047, 10_000)
              .shape(),
          begin("afm-4.5b", "arcee", 128004, 4096)
              .layers(36, 2560, 18432)
              .heads(20, 4, 128)
              .untied()
              .shape(),
          begin("granite-3.1-1b-a400m", "granitemoe", 49155, 131072)
              .layers(24, 1024, 512)
              .heads(16, 8, 64)
              .epsilon(1e-6f)
              .rope(1_500_000)
              .scales(12, 0.22f, 1 / 64f, 6)
              .experts(new Experts(32, 8, true))
              .shape(),
          // The first layers of Qwen3 30B A3B, which has 48.
          begin("qwen3-30b-a3b-4-layers", "qwen3moe", 151936, 40960)
              .layers(4, 2048, 768)
              .heads(32, 4, 128)
              .untied()
              .epsilon(1e-6f)
              .rope(1_000_000)
              .experts(new Experts(128, 8, true))
              .shape(),
          begin("olmoe-1b-7b", "olmoe", 50304, 4096)
              .layers(16, 2048, 1024)
              .heads(16, 16, 128)
              .untied()
              .experts(new Experts(64, 8, false))
              .shape(),
          // The first layers of gpt-oss 20b, which has 24, without its stretched rotation.
          begin("gpt-oss-20b-4-layers", "gpt-oss", 201088, 131072)
              .layers(4, 2880, 2880)
              .heads(64, 8, 64)
              .untied()
              .rope(150_000)
              .window(128, 150_000)
              .biases(ATTENTION_AND_EXPERTS)
              .experts(new Experts(32, 4, true))
              .shape(),
          // In the way of Mixtral; the second has the weights that the first uses for a token.
          moe("moe-8x2", 1792).experts(new Experts(8, 2, true)).shape(),
          moe("moe-8x2-active", 2 * 1792).shape(),
          begin("gpt2", "gpt2", 50257, 1024)
              .layers(12, 768, 3072)
              .heads(12, 12, 64)
              .biases(ALL_OF_DENSE)
              .shape(),
          begin("pythia-410m", "gptneox", 50304, 2048)
              .layers(24, 1024, 4096)
              .heads(16, 16, 64)
              .untied()
              .rotating(16)
              .biases(ALL_OF_DENSE)
              .with(Trait.PARALLEL_PARTS)
              .shape(),
          begin("bloom-560m", "bloom", 250880, 2048)
              .layers(24, 1024, 4096)
              .heads(16, 16, 64)
              .biases(ALL_OF_DENSE)
              .shape(),
          begin("bert-base", "bert", 30522, 512)
              .layers(12, 768, 3072)
              .heads(12, 12, 64)
              .epsilon(1e-12f)
              .biases(ALL_OF_DENSE)
              .shape(),
          begin("nomic-embed-text", "nomic-bert", 30528, 2048)
              .layers(12, 768, 3072)
              .heads(12, 12, 64)
              .epsilon(1e-12f)
              .rope(1000)
              .biases(NORMS)
              .shape(),
          begin("modernbert-base", "modern-bert", 50368, 8192)
              .layers(22, 768, 1152)
              .heads(12, 12, 64)
              .rope(160_000)
              .window(128, 10_000)
              .shape(),
          begin("t5-base", "t5", 32128, 512)
              .layers(12, 768, 3072)
              .heads(12, 12, 64)
              .epsilon(1e-6f)
              .withEncoder()
              .shape());

  private KnownShapes() {}

  private static ShapeBuilder begin(String name, String family, int vocabulary, int context) {
    return new ShapeBuilder(name, family, vocabulary, context);
  }

  private static ShapeBuilder moe(String name, int ffnHidden) {
    return begin(name, "llama", 32000, 32768)
        .layers(16, 1024, ffnHidden)
        .heads(16, 8, 64)
        .untied()
        .rope(1_000_000);
  }
}
