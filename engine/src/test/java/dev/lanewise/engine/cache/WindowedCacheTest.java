package dev.lanewise.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import dev.lanewise.model.config.SlidingWindow;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches of models in which some layers have a window. */
final class WindowedCacheTest {
  private static final int PAGE = KvLayout.POSITIONS;
  private static final int LAYERS = 6;
  private static final int WINDOW = 40;

  /** Every third layer attends to all positions: two, and four to the window. */
  private static final ModelConfig CONFIG = config(LAYERS, 2, 16, WINDOW, 3);

  private static ModelConfig config(
      int layers, int kvHeads, int headDim, int window, int windowPeriod) {
    FamilyTraits traits = FamilyTraits.llama(headDim);
    return new ModelConfig(
        "test",
        "test",
        1,
        32_768,
        layers,
        32,
        FeedForwardForm.GATED_SILU,
        32,
        kvHeads,
        kvHeads,
        headDim,
        0,
        1,
        0,
        Rope.Layout.HALVES,
        1,
        true,
        Biases.NONE,
        new FamilyTraits(
            traits.norm(),
            traits.normPlace(),
            traits.queryNorm(),
            traits.positions(),
            traits.others(),
            traits.embeddingScale(),
            traits.residualScale(),
            traits.attentionScale(),
            traits.logitScale(),
            traits.attentionSoftcap(),
            traits.logitSoftcap(),
            new SlidingWindow(window, windowPeriod, windowPeriod - 1, 1),
            traits.yarn(),
            traits.experts(),
            traits.ropelessPeriod(),
            traits.buckets(),
            traits.encoder()));
  }

  private static KvPool pool(int blocks) {
    return new KvPool(KvShape.of(CONFIG, KvFormat.F32), blocks);
  }

  /** The keys of pages, each of which has one token beside zeros. */
  private static List<PrefixKey> keys(int... tokens) {
    List<PrefixKey> keys = new ArrayList<>();
    PrefixKey key = PrefixKey.root("");
    for (int token : tokens) {
      key = key.next(new int[] {token}, 0, 1);
      keys.add(key);
    }
    return keys;
  }

  /**
   * Goes on to so many pages, by one at a time; each is kept, and what is not needed given back.
   */
  private static void compute(KvCache cache, List<PrefixKey> keys) {
    while (cache.length() < keys.size() * PAGE) {
      cache.reserve(cache.length() + PAGE);
      cache.advance(PAGE);
      cache.keepNext(keys.get(cache.keptPages()));
      cache.releaseUnneeded();
    }
  }

  private static int found(KvPool pool, List<PrefixKey> keys) {
    try (KvCache cache = new KvCache(pool, 4096)) {
      cache.share(keys::get, keys.size());
      return cache.length() / PAGE;
    }
  }

  @ParameterizedTest
  @CsvSource({"6, 3", "6, 2", "5, 5", "7, 3", "4, 2147483647", "3, 1"})
  void eachLayerAndHeadHasAPlaceOfItsOwn(int layers, int period) {
    ModelConfig config = config(layers, 2, 16, WINDOW, period);
    KvShape shape = KvShape.of(config, KvFormat.BF16);
    try (KvPool pool = new KvPool(shape, shape.blocksFor(100));
        KvCache cache = new KvCache(pool, 100)) {
      cache.reserve(100);
      assertEquals(pool.capacity(), pool.used());
      long part = cache.layout().blockBytes();
      assertEquals(pool.used() * shape.blockBytes(), 4L * layers * 2 * part);
      for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 4 * layers * 2; i++) {
          int layer = i / 2 % layers;
          MemorySegment place =
              cache.page(layer, i / 2 / layers).asSlice(cache.block(layer, i % 2), part);
          if (pass == 0) {
            place.fill((byte) (i + 1));
          } else {
            assertEquals((byte) (i + 1), place.get(ValueLayout.JAVA_BYTE, 0));
            assertEquals((byte) (i + 1), place.get(ValueLayout.JAVA_BYTE, part - 1));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 32, 100, 256})
  void aSequenceHoldsItsWindowOnly(int chunk) {
    try (KvPool pool = pool(KvShape.of(CONFIG, KvFormat.F32).blocksFor(4096));
        KvCache cache = new KvCache(pool, 4096)) {
      while (cache.length() + chunk <= 4096) {
        int missing = cache.missingBlocks(cache.length() + chunk);
        int before = pool.used();
        cache.reserve(cache.length() + chunk);
        assertEquals(before + missing, pool.used());
        cache.advance(chunk);
        cache.releaseUnneeded();
        assertFalse(cache.holdsUnneeded());
        int pages = (cache.length() + PAGE - 1) / PAGE;
        int firstSeen = Math.max(0, cache.length() - (WINDOW - 1));
        assertEquals(pages + 2 * (pages - firstSeen / PAGE), pool.used());
        assertTrue(pages - firstSeen / PAGE <= 3, "40 positions lie in 3 pages at most");
      }
    }
  }

  /** 26 layers, of which every sixth attends to all positions, as in Gemma 3 1B. */
  @Test
  void memoryOfALongContextIsAQuarterOfThatOfAllLayers() {
    ModelConfig gemma = config(26, 1, 256, 512, 6);
    KvShape shape = KvShape.of(gemma, KvFormat.BF16);
    long whole = 8192L * 26 * 2 * 256 * 2;
    assertEquals(218_103_808, whole);
    KvShape of = KvShape.whole(gemma, KvFormat.BF16);
    assertEquals(whole, of.blocksFor(8192) * of.blockBytes());
    assertEquals(51_576_832, shape.blocksFor(8192) * shape.blockBytes(), "while it is a prompt");
    try (KvPool pool = new KvPool(shape, shape.blocksFor(8192));
        KvCache cache = new KvCache(pool, 8192)) {
      while (cache.length() < 8192) {
        cache.reserve(cache.length() + 256);
        cache.advance(256);
        cache.releaseUnneeded();
      }
      assertEquals(45_088_768, pool.used() * shape.blockBytes(), "while it generates");
    }
  }

  @Test
  void windowsThatHideNothingDivideNothing() {
    KvShape none = KvShape.of(config(6, 1, 16, 0, 3), KvFormat.F32);
    KvShape wide = KvShape.of(config(6, 1, 16, 32_768, 3), KvFormat.F32);
    for (KvShape shape : List.of(none, wide)) {
      assertEquals(1, shape.blocksOfPages());
      assertEquals(128, shape.blocksFor(4096));
      assertEquals(6 * new KvLayout(KvFormat.F32, 16).blockBytes(), shape.blockBytes());
    }
  }

  @Test
  void aBeginningIsFoundWhereItsWindowIsStillThere() {
    try (KvPool pool = pool(24)) {
      KvCache cache = new KvCache(pool, 4096);
      compute(cache, keys(1, 2, 3, 4, 5, 6, 7, 8));
      assertEquals(8 + 2 * 2, pool.used());
      assertEquals(6 * 2, pool.idle());
      assertEquals(2, found(pool, keys(1, 2, 9)), "what was given back can be found");
      cache.close();
      KvCache other = new KvCache(pool, 4096);
      other.reserve(2 * PAGE); // takes six blocks: those of the third to fifth windowed page
      assertEquals(8, found(pool, keys(1, 2, 3, 4, 5, 6, 7, 8)), "the last two are enough");
      assertEquals(7, found(pool, keys(1, 2, 3, 4, 5, 6, 7, 9)));
      assertEquals(2, found(pool, keys(1, 2, 3, 4, 5, 6, 9)), "the fifth is needed");
      assertEquals(2, found(pool, keys(1, 2, 3, 9)), "that was looked for last");
      other.close();
    }
  }

  @Test
  void isNotTruncatedToWhereTheWindowIsGone() {
    try (KvPool pool = pool(100)) {
      KvCache cache = new KvCache(pool, 4096);
      compute(cache, keys(1, 2, 3, 4, 5));
      cache.reserve(6 * PAGE);
      cache.advance(7);
      cache.truncate(5 * PAGE + 3);
      assertThrows(IllegalArgumentException.class, () -> cache.truncate(4 * PAGE));
      cache.releaseUnneeded();
      cache.truncate(5 * PAGE);
      cache.truncate(0);
      assertEquals(0, pool.used());
      compute(cache, keys(1, 2, 3));
      assertThrows(IllegalArgumentException.class, () -> cache.truncate(PAGE));
      cache.close();
    }
  }

  /** Sequences that start alike, in a pool that is too small to keep all they compute. */
  @Test
  void whatIsFoundIsWhatWasComputed() {
    Random random = new Random(3);
    KvShape shape = KvShape.of(CONFIG, KvFormat.F32);
    int shared = 0;
    try (KvPool pool = new KvPool(shape, 70)) {
      List<KvCache> open = new ArrayList<>();
      for (int i = 0; i < 3000; i++) {
        int pages = 1 + random.nextInt(12);
        if (random.nextInt(3) > 0 && pool.free() >= shape.blocksFor(pages * PAGE)) {
          List<PrefixKey> keys = keys(random.ints(pages, 0, 2).toArray());
          KvCache cache = new KvCache(pool, 4096);
          cache.share(keys::get, random.nextInt(pages + 1));
          shared += cache.length() > 0 ? 1 : 0;
          assertHolds(cache, keys);
          while (cache.length() < pages * PAGE) {
            int stretch = Math.min(1 + random.nextInt(200), pages * PAGE - cache.length());
            int first = cache.length() / PAGE;
            cache.reserve(cache.length() + stretch);
            cache.advance(stretch);
            for (int page = first; page * PAGE < cache.length(); page++) {
              for (int layer = 0; layer < LAYERS; layer++) {
                write(cache, layer, page, keys.get(page));
              }
            }
            while ((cache.keptPages() + 1) * PAGE <= cache.length()) {
              cache.keepNext(keys.get(cache.keptPages()));
            }
            cache.releaseUnneeded();
            assertHolds(cache, keys);
          }
          open.add(cache);
        } else if (!open.isEmpty()) {
          open.remove(random.nextInt(open.size())).close();
        }
        Set<MemorySegment> held = new HashSet<>();
        open.forEach(cache -> held.addAll(blocks(cache)));
        assertEquals(held.size(), pool.used());
        assertTrue(pool.used() + pool.idle() <= pool.capacity());
      }
      open.forEach(KvCache::close);
      assertEquals(0, pool.used());
    }
    assertTrue(shared > 500, shared + " found a beginning");
  }

  private static int firstHeld(KvCache cache, int layer) {
    boolean all = layer % 3 == 2;
    return all ? 0 : Math.max(0, cache.length() - (WINDOW - 1)) / PAGE;
  }

  private static Set<MemorySegment> blocks(KvCache cache) {
    Set<MemorySegment> blocks = new HashSet<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int page = firstHeld(cache, layer); page * PAGE < cache.length(); page++) {
        blocks.add(cache.page(layer, page));
      }
    }
    return blocks;
  }

  private static void write(KvCache cache, int layer, int page, PrefixKey key) {
    long mark = key.a() + layer;
    cache.page(layer, page).set(ValueLayout.JAVA_LONG, cache.block(layer, 0), mark);
  }

  private static void assertHolds(KvCache cache, List<PrefixKey> keys) {
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int page = firstHeld(cache, layer); page * PAGE < cache.length(); page++) {
        long mark = cache.page(layer, page).get(ValueLayout.JAVA_LONG, cache.block(layer, 0));
        assertEquals(keys.get(page).a() + layer, mark);
      }
    }
  }
}
