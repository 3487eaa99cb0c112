package dev.lanewise.model.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.UnsupportedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HubConfigTest {
  private static final Path TINY = Path.of(System.getProperty("lanewise.models")).resolve("tiny");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  /** Reads the configuration of a tiny model with other values of some keys. */
  private HubConfig read(String model, String changes) throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(TINY.resolve(model + "/config.json").toFile());
    config.setAll((ObjectNode) JSON.readTree(changes));
    Path file = folder.resolve("config.json");
    JSON.writeValue(file.toFile(), config);
    return HubConfig.read(file);
  }

  @Test
  void aModelIsNamedByItsFolderOrIsPulledAs() throws IOException {
    Path named = Files.createDirectory(folder.resolve("Some-Model"));
    Path pulled = Files.createDirectory(named.resolve("0123456789abcdef".repeat(3).substring(8)));
    for (Path path : List.of(named, pulled)) {
      Path file = Files.copy(TINY.resolve("llama/config.json"), path.resolve("config.json"));
      assertEquals("Some-Model", HubConfig.read(file).metadata().get("general.name"));
    }
  }

  @Test
  void readsFilesOfOlderVersions() throws IOException {
    String scaling =
        "{'rope_type':'llama3','factor':4.0,'high_freq_factor':4.0,'low_freq_factor':1.0,"
            + "'original_max_position_embeddings':64}";
    HubConfig older =
        read(
            "llama",
            ("{'rope_parameters':null,'rope_theta':10000,'rope_scaling':" + scaling + "}")
                .replace('\'', '"'));
    HubConfig newer = read("llama", "{}");
    assertArrayEquals(newer.ropeDivisors(), older.ropeDivisors());
    assertEquals(newer.metadata(), older.metadata());
  }

  @Test
  void readsLinearScaling() throws IOException {
    HubConfig config =
        read("qwen2", "{\"rope_parameters\":{\"rope_type\":\"linear\",\"factor\":2}}");
    assertEquals("linear", config.metadata().get("qwen2.rope.scaling.type"));
    assertEquals(2.0, config.metadata().get("qwen2.rope.scaling.factor"));
  }

  @Test
  void readsEncodersOfOlderVersions() throws IOException {
    HubConfig newer = read("modernbert", "{}");
    HubConfig older =
        read(
            "modernbert",
            "{\"rope_parameters\":null,\"layer_types\":null,\"global_rope_theta\":160000}");
    assertEquals(newer.metadata(), older.metadata());
    assertEquals(16L, older.metadata().get("modern-bert.attention.sliding_window"));
  }

  /** Older files say whether logits are scaled by whether the head is the embedding. */
  @Test
  void readsEncoderDecodersOfOlderVersions() throws IOException {
    String scales = "t5.scale_decoder_outputs";
    assertEquals(true, read("t5", "{}").metadata().get(scales));
    assertEquals(false, read("t5-gated", "{}").metadata().get(scales));
    assertEquals(
        false,
        read("t5", "{\"scale_decoder_outputs\":null,\"tie_word_embeddings\":false}")
            .metadata()
            .get(scales));
    HubConfig umt5 =
        read(
            "t5-gated",
            "{\"model_type\":\"umt5\",\"architectures\":[\"UMT5ForConditionalGeneration\"],"
                + "\"relative_attention_max_distance\":64}");
    assertEquals("t5", umt5.metadata().get("general.architecture"));
    assertEquals(64L, umt5.metadata().get("t5.attention.relative_max_distance"));
    String bias = "encoder.block.2.layer.0.SelfAttention.relative_attention_bias.weight";
    assertEquals("enc.blk.2.attn_rel_b.weight", umt5.uses(folder, bias).getFirst().name());
  }

  @Test
  void readsHowTextsArePooled() throws IOException {
    assertNull(read("bert", "{}").metadata().get("bert.pooling_type"));
    Path file = folder.resolve("1_Pooling/config.json");
    Files.createDirectory(file.getParent());
    for (String[] mode :
        new String[][] {{"mean_tokens", "1"}, {"cls_token", "2"}, {"lasttoken", "3"}}) {
      Files.writeString(
          file,
          "{\"word_embedding_dimension\":64,\"pooling_mode_max_tokens\":false,\"pooling_mode_%s\":true}"
              .formatted(mode[0]));
      assertEquals(Long.valueOf(mode[1]), read("bert", "{}").metadata().get("bert.pooling_type"));
    }
    Files.writeString(file, "{\"pooling_mode_max_tokens\":true,\"pooling_mode_cls_token\":true}");
    UnsupportedModel error = assertThrows(UnsupportedModel.class, () -> read("bert", "{}"));
    assertTrue(error.getMessage().contains("pooling_mode_max_tokens and"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "llama   | {\"model_type\":\"mamba\"}            | model_type \"mamba\"",
        "llama   | {\"architectures\":[\"LlamaForSequenceClassification\"]} | architectures = ",
        "llama   | {\"hidden_act\":\"gelu\"}             | hidden_act = \"gelu\"",
        "llama   | {\"attention_bias\":true}             | attention_bias = true",
        "llama   | {\"mlp_bias\":true}                   | mlp_bias = true",
        "llama   | {\"rope_parameters\":{\"rope_type\":\"longrope\"}} | rope_parameters.rope_type = \"longrope\"",
        "qwen2   | {\"rope_parameters\":{\"mrope_section\":[1]}}  | rope_parameters.mrope_section",
        "bert    | {\"hidden_act\":\"relu\"}             | hidden_act = \"relu\"",
        "bert    | {\"position_embedding_type\":\"relative_key\"} | position_embedding_type = ",
        "modernbert | {\"global_attn_every_n_layers\":4} | global_attn_every_n_layers = 4",
        "llama   | {\"partial_rotary_factor\":0.5}       | partial_rotary_factor = 0.5",
        "gemma2  | {\"hidden_activation\":\"gelu\"}      | hidden_activation = \"gelu\"",
        "gemma2  | {\"layer_types\":[\"full_attention\",\"full_attention\",\"full_attention\",\"full_attention\"]} | layer_types[0] = \"full_attention\"",
        "gemma2  | {\"use_bidirectional_attention\":true} | use_bidirectional_attention = true",
        "gemma3  | {\"_sliding_window_pattern\":2}      | _sliding_window_pattern = 2",
        "gemma3  | {\"final_logit_softcapping\":30.0}   | final_logit_softcapping = 30.0",
        "gemma3  | {\"model_type\":\"gemma3\"}            | model_type \"gemma3\"",
        "phi3    | {\"rope_scaling\":{\"type\":\"su\"},\"rope_parameters\":null} | rope_scaling.rope_type = \"su\"",
        "granite | {\"attention_bias\":true}             | attention_bias = true",
        "smollm3 | {\"no_rope_layers\":[1,0,1,0]}        | no_rope_layers[1] = 0",
        "smollm3 | {\"no_rope_layers\":null,\"no_rope_layer_interval\":2} | no_rope_layer_interval = 2",
        "olmoe   | {\"clip_qkv\":8.0}                    | clip_qkv = 8.0",
        "qwen3-moe | {\"mlp_only_layers\":[0]}           | mlp_only_layers = [0]",
        "qwen3-moe | {\"decoder_sparse_step\":2}         | decoder_sparse_step = 2",
        "gpt-oss | {\"swiglu_limit\":8}                  | swiglu_limit = 8",
        "gpt-oss | {\"attention_bias\":false}            | attention_bias = false",
        "gpt2    | {\"activation_function\":\"relu\"}      | activation_function = \"relu\"",
        "gpt2    | {\"scale_attn_by_inverse_layer_idx\":true} | scale_attn_by_inverse_layer_idx = true",
        "gpt-neox | {\"hidden_act\":\"gelu_fast\"}         | hidden_act = \"gelu_fast\"",
        "bloom   | {\"apply_residual_connection_post_layernorm\":true} | apply_residual_connection_post_layernorm = true",
        "opt-relu | {\"do_layer_norm_before\":false}     | do_layer_norm_before = false",
        "t5      | {\"feed_forward_proj\":\"gated-silu\"} | feed_forward_proj = \"gated-silu\"",
        "t5      | {\"architectures\":[\"T5EncoderModel\"]} | architectures = ",
      })
  void namesTheKeyThatIsNotComputed(String model, String changes, String named) {
    UnsupportedModel error = assertThrows(UnsupportedModel.class, () -> read(model, changes));
    assertTrue(error.getMessage().contains("config.json: " + named), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'quant_method':'bitsandbytes'                                    | quant_method = 'bitsandbytes'",
        "'quant_method':'mxfp4'                                           | quant_method = 'mxfp4'",
        "'quant_method':'gptq','bits':3,'group_size':128                  | bits = 3",
        "'quant_method':'gptq','bits':4,'group_size':128,'checkpoint_format':'marlin' | checkpoint_format = 'marlin'",
        "'quant_method':'gptq','bits':4,'group_size':128,'pack_dtype':'int16' | pack_dtype = 'int16'",
        "'quant_method':'gptq','bits':4,'group_size':128,'dynamic':{'+:.*':{'bits':8}} | dynamic = ",
        "'quant_method':'awq','bits':4,'group_size':128,'version':'gemv'  | version = 'gemv'",
        "'quant_method':'awq','bits':4,'group_size':128,'zero_point':false | zero_point = false",
        "'quant_method':'awq','bits':8,'group_size':128                   | bits = 8",
        "'quant_method':'fp8','fmt':'e5m2'                                | fmt = 'e5m2'",
        "'quant_method':'modelopt','quant_algo':'W4A8_AWQ'                | quant_algo = 'W4A8_AWQ'",
        "'quant_method':'compressed-tensors','quantization_status':'frozen' | quantization_status = 'frozen'",
        "'quant_method':'compressed-tensors','sparsity_config':{'format':'sparse-24-bitmask'} | sparsity_config = ",
        "'quant_method':'compressed-tensors','transform_config':{'config_groups':{'a':1}} | transform_config = ",
        "'quant_method':'compressed-tensors','format':'marlin-24','config_groups':{'a':{'weights':{}}} | format = 'marlin-24'",
        "'quant_method':'compressed-tensors','format':'pack-quantized','config_groups':{'a':{'weights':{'num_bits':2}}} | config_groups.a.weights.num_bits = 2",
        "'quant_method':'compressed-tensors','format':'int-quantized','config_groups':{'a':{'weights':{'num_bits':8,'symmetric':false}}} | config_groups.a.weights.symmetric = false",
        "'quant_method':'compressed-tensors','format':'float-quantized','config_groups':{'a':{'weights':{'num_bits':8,'type':'float','strategy':'token'}}} | config_groups.a.weights.strategy = 'token'",
      })
  void namesTheQuantizationThatIsNotRead(String quantization, String named) {
    String changes = "{\"quantization_config\":{" + quantization.replace('\'', '"') + "}}";
    UnsupportedModel error = assertThrows(UnsupportedModel.class, () -> read("llama", changes));
    String key = "config.json: quantization_config." + named.replace('\'', '"');
    assertTrue(error.getMessage().contains(key), error.getMessage());
  }

  @Test
  void namesAQuantizationThatDiffersFromModuleToModule() {
    String group = "'%s':{'weights':{'num_bits':%d,'type':'int','strategy':'channel'}}";
    String changes =
        "{'quantization_config':{'quant_method':'compressed-tensors','format':'pack-quantized',"
            + "'config_groups':{"
            + group.formatted("a", 4)
            + ","
            + group.formatted("b", 8)
            + "}}}";
    UnsupportedModel error =
        assertThrows(UnsupportedModel.class, () -> read("llama", changes.replace('\'', '"')));
    assertTrue(error.getMessage().contains("config_groups.b, whose weights"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"hidden_size\":null}      | hidden_size: missing",
        "{\"hidden_size\":\"64\"}    | hidden_size: should be an integer",
        "{\"hidden_size\":0}         | hidden_size: should not be 0",
        "{\"hidden_size\":-1}        | hidden_size: should be an integer from 0",
        "{\"hidden_size\":1e99}      | hidden_size: should be an integer",
        "{\"rms_norm_eps\":\"0\"}    | rms_norm_eps: should be a positive number",
        "{\"tie_word_embeddings\":1} | tie_word_embeddings: should be true or false",
        "{\"rope_parameters\":[]}    | rope_parameters: should be an object",
        "{\"model_type\":7}          | model_type: should be a string",
        "{\"quantization_config\":7} | quantization_config: should be an object",
        "{\"quantization_config\":{}} | quantization_config.quant_method: missing",
        "{\"quantization_config\":{\"quant_method\":\"gptq\",\"bits\":4,\"group_size\":0}} | quantization_config.group_size: should be a positive number",
        "{\"quantization_config\":{\"quant_method\":\"fp8\",\"weight_block_size\":[0,1]}} | quantization_config.weight_block_size: should be two positive",
      })
  void namesTheKeyThatIsNotSound(String changes, String named) {
    ModelFormatException error =
        assertThrows(ModelFormatException.class, () -> read("llama", changes));
    assertTrue(error.getMessage().contains("config.json: " + named), error.getMessage());
  }

  @Test
  void aWindowOfAllLayersIsKeptAndOneOfSomeBoundsTheContext() throws IOException {
    String key = "llama.attention.sliding_window";
    assertEquals(16L, read("mistral", "{}").metadata().get(key));
    assertNull(read("mistral", "{\"sliding_window\":null}").metadata().get(key));
    assertEquals(512L, read("mistral", "{}").metadata().get("llama.context_length"));
    String window = "{\"use_sliding_window\":%s,\"sliding_window\":32}";
    assertEquals(32L, read("qwen2", window.formatted(true)).metadata().get("qwen2.context_length"));
    assertEquals(
        512L, read("qwen2", window.formatted(false)).metadata().get("qwen2.context_length"));
  }

  /** As the configurations of published models have it, which older versions wrote. */
  @Test
  void readsTheKeysOfPublishedModels() throws IOException {
    assertEquals(
        read("gemma3", "{}").metadata(),
        read(
                "gemma3",
                """
                {"rope_parameters": null, "rope_theta": 1000000, "rope_local_base_freq": 10000,
                 "layer_types": null, "_sliding_window_pattern": null, "sliding_window_pattern": 6}
                """)
            .metadata());
    assertEquals(
        read("gpt-neox", "{}").metadata(),
        read(
                "gpt-neox",
                """
                {"rope_parameters": null, "rotary_pct": 0.25, "rotary_emb_base": 10000}
                """)
            .metadata());
    assertEquals(
        read("bloom", "{}").metadata(),
        read(
                "bloom",
                """
                {"hidden_size": null, "n_embed": 64, "n_head": null, "num_attention_heads": 4,
                 "n_inner": null, "offset_alibi": 100, "seq_length": 2048}
                """)
            .metadata());
    assertEquals(
        read("qwen3-moe", "{}").metadata(),
        read("qwen3-moe", "{\"num_local_experts\": null, \"num_experts\": 8}").metadata());
  }

  @Test
  void readsYarnAsGptOssIsPublishedWithIt() throws IOException {
    Map<String, Object> metadata =
        read(
                "gpt-oss",
                """
                {"rope_parameters": null, "rope_theta": 150000,
                 "rope_scaling": {"beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0,
                     "original_max_position_embeddings": 4096, "rope_type": "yarn",
                     "truncate": false}}
                """)
            .metadata();
    assertEquals("yarn", metadata.get("gpt-oss.rope.scaling.type"));
    assertEquals(32.0, metadata.get("gpt-oss.rope.scaling.factor"));
    assertEquals(4096L, metadata.get("gpt-oss.rope.scaling.original_context_length"));
    assertEquals(false, metadata.get("gpt-oss.rope.scaling.yarn_truncate"));
    assertEquals(150_000.0, metadata.get("gpt-oss.rope.freq_base"));
  }

  /** With the magnitude of the paper told, the factor on it is 1. */
  @Test
  void readsYarnOfOtherFamilies() throws IOException {
    double magnitude = 1 + 0.1 * Math.log(4);
    Map<String, Object> metadata =
        read(
                "qwen2",
                """
                {"rope_parameters": null, "rope_scaling": {"type": "yarn", "factor": 4.0,
                     "original_max_position_embeddings": 128, "attention_factor": %s}}
                """
                    .formatted(magnitude))
            .metadata();
    assertEquals(128L, metadata.get("qwen2.rope.scaling.original_context_length"));
    assertEquals(1.0, (double) metadata.get("qwen2.rope.scaling.attn_factor"), 1e-12);
  }

  /** What Transformers takes keys for that a file leaves out. */
  @Test
  void keysThatAreAbsentHaveTheirMeaning() throws IOException {
    Map<String, Object> gemma =
        without("gemma2", "attn_logit_softcapping", "query_pre_attn_scalar");
    assertEquals(50.0, gemma.get("gemma2.attn_logit_softcapping"));
    assertEquals(1.0 / 16, gemma.get("gemma2.attention.scale"));
    assertEquals(1.0, without("granite", "attention_multiplier").get("granite.attention.scale"));
    assertEquals(false, without("qwen3-moe", "norm_topk_prob").get("qwen3moe.expert_weights_norm"));
    assertNull(without("mixtral", "sliding_window").get("llama.attention.sliding_window"));
    assertEquals(4096L, without("mistral", "sliding_window").get("llama.attention.sliding_window"));
  }

  private Map<String, Object> without(String model, String... keys) throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(TINY.resolve(model + "/config.json").toFile());
    config.remove(List.of(keys));
    Path file = folder.resolve("config.json");
    JSON.writeValue(file.toFile(), config);
    return HubConfig.read(file).metadata();
  }

  @Test
  void leavesOutAHeadThatIsTied() throws IOException {
    Path file = Path.of("model.safetensors");
    assertTrue(read("llama-tied", "{}").uses(file, "lm_head.weight").isEmpty());
    assertEquals(
        "output.weight", read("llama", "{}").uses(file, "lm_head.weight").getFirst().name());
  }

  @Test
  void refusesFilesThatAreNoSoundJson() throws IOException {
    Path file = folder.resolve("config.json");
    for (String text :
        new String[] {"", "[]", "{", "{\"a\":1,\"a\":2}", "{}{}", "[".repeat(10_000)}) {
      Files.writeString(file, text);
      assertThrows(ModelFormatException.class, () -> HubConfig.read(file), text);
    }
    Files.write(file, new byte[5 << 20]);
    ModelFormatException large =
        assertThrows(ModelFormatException.class, () -> HubConfig.read(file));
    assertTrue(large.getMessage().contains("at most 4194304 are read"), large.getMessage());
  }
}
