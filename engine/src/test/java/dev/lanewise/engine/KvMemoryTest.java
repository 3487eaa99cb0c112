package dev.lanewise.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.engine.cache.KvShape;
import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class KvMemoryTest {
  private static final ModelConfig CONFIG =
      new ModelConfig(
          "test",
          "test",
          1,
          4096,
          16,
          32,
          FeedForwardForm.GATED_SILU,
          32,
          32,
          8,
          64,
          0,
          1,
          0,
          Rope.Layout.HALVES,
          1,
          true,
          Biases.NONE,
          FamilyTraits.llama(64));
  private static final int CONTEXT = 1024;
  private static final int CONTEXT_BLOCKS = 32;
  private static final long BLOCK = KvShape.of(CONFIG, KvFormat.BF16).blockBytes();

  private static int blocks(KvMemory memory, OptionalLong asked) {
    return memory.blocks(CONFIG, KvFormat.BF16, CONTEXT, asked);
  }

  private static KvMemory unlimited(long free) {
    return new KvMemory(OptionalLong.empty(), free, 1 << 30);
  }

  @Test
  void takesWhatWeightsAndJvmLeaveOfAContainer() {
    KvMemory memory = new KvMemory(OptionalLong.of(2L << 30), 100L << 30, 1L << 30);
    assertEquals((624L << 20) / BLOCK, blocks(memory, OptionalLong.empty()));
  }

  @Test
  void takesEightContextsOrAQuarterOfTheFreeMemory() {
    long context = CONTEXT_BLOCKS * BLOCK;
    assertEquals(8 * CONTEXT_BLOCKS, blocks(unlimited(100 * context), OptionalLong.empty()));
    assertEquals(5 * CONTEXT_BLOCKS, blocks(unlimited(20 * context), OptionalLong.empty()));
    assertEquals(CONTEXT_BLOCKS, blocks(unlimited(2 * context), OptionalLong.empty()));
  }

  @Test
  void takesWhatIsAskedFor() {
    assertEquals(70, blocks(unlimited(1), OptionalLong.of(70 * BLOCK + 1)));
  }

  @Test
  void saysWhatAContainerThatIsTooSmallNeeds() {
    KvMemory memory = new KvMemory(OptionalLong.of(512L << 20), 100L << 30, 100L << 20);
    InvalidRequest refusal =
        assertThrows(InvalidRequest.class, () -> blocks(memory, OptionalLong.empty()));
    assertEquals("context", refusal.field());
    assertTrue(refusal.getMessage().contains("limit of 512 MiB"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("to 532 MiB or more"), refusal.getMessage());
  }

  @Test
  void refusesMoreThanAContainerHas() {
    KvMemory memory = new KvMemory(OptionalLong.of(1L << 30), 100L << 30, 100L << 20);
    assertEquals(500, blocks(memory, OptionalLong.of(500 * BLOCK)));
    InvalidRequest refusal =
        assertThrows(InvalidRequest.class, () -> blocks(memory, OptionalLong.of(600L << 20)));
    assertEquals("kv-memory", refusal.field());
  }

  @Test
  void saysWhatIsMissingForOneContext() {
    InvalidRequest refusal =
        assertThrows(
            InvalidRequest.class, () -> blocks(unlimited(1L << 40), OptionalLong.of(31 * BLOCK)));
    assertEquals("kv-memory", refusal.field());
    assertTrue(refusal.getMessage().contains("31 MiB"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("1024 tokens takes 32 MiB"), refusal.getMessage());
  }
}
