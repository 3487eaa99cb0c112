package dev.lanewise.engine.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.math.Rope;
import dev.lanewise.math.kernel.KvFormat;
import dev.lanewise.math.kernel.KvLayout;
import dev.lanewise.model.config.Biases;
import dev.lanewise.model.config.FamilyTraits;
import dev.lanewise.model.config.FeedForwardForm;
import dev.lanewise.model.config.ModelConfig;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class KvPoolTest {
  private static final int BLOCK = KvLayout.POSITIONS;
  private static final ModelConfig CONFIG =
      new ModelConfig(
          "test",
          "test",
          1,
          4096,
          2,
          32,
          FeedForwardForm.GATED_SILU,
          32,
          2,
          1,
          16,
          0,
          1,
          0,
          Rope.Layout.HALVES,
          1,
          true,
          Biases.NONE,
          FamilyTraits.llama(16));

  private final KvPool pool = new KvPool(KvShape.of(CONFIG, KvFormat.F32), 10);

  @AfterEach
  void close() {
    pool.close();
  }

  private KvCache cache() {
    return new KvCache(pool, 4096);
  }

  private static List<PrefixKey> keys(String salt, int... blocksOfTokens) {
    List<PrefixKey> keys = new ArrayList<>();
    PrefixKey key = PrefixKey.root(salt);
    for (int token : blocksOfTokens) {
      int[] tokens = new int[BLOCK];
      tokens[BLOCK - 1] = token;
      key = key.next(tokens, 0, BLOCK);
      keys.add(key);
    }
    return keys;
  }

  /** A sequence that has computed these blocks and let others find them. */
  private KvCache computed(List<PrefixKey> keys) {
    KvCache cache = cache();
    cache.reserve(BLOCK * keys.size());
    cache.advance(BLOCK * keys.size());
    keys.forEach(cache::keepNext);
    return cache;
  }

  private int found(List<PrefixKey> keys) {
    try (KvCache cache = cache()) {
      cache.share(keys::get, keys.size());
      return cache.length() / BLOCK;
    }
  }

  @Test
  void sequencesThatStartAlikeHoldTheSameBlocks() {
    KvCache first = computed(keys("", 1, 2, 3));
    KvCache second = cache();
    second.share(keys("", 1, 2, 4)::get, 3);
    assertEquals(2 * BLOCK, second.length());
    assertEquals(3, pool.used());
    assertEquals(first.page(0, 1), second.page(0, 1));
    assertThrows(IllegalStateException.class, () -> second.share(keys("", 1)::get, 1));
    first.close();
    assertEquals(2, pool.used());
    assertEquals(1, pool.idle());
    second.close();
    assertEquals(0, pool.used());
    assertEquals(3, pool.idle());
    assertEquals(10, pool.free());
  }

  @Test
  void aBlockIsFoundOnlyAfterTheSameBeginningAndSalt() {
    computed(keys("", 1, 2)).close();
    assertEquals(2, found(keys("", 1, 2)));
    assertEquals(0, found(keys("other", 1, 2)));
    assertEquals(0, found(keys("", 3, 2)));
    assertNotEquals(keys("", 1, 2).getLast(), keys("", 3, 2).getLast());
  }

  @Test
  void givesUpWhatWasGivenBackFirstAndEndsBeforeStarts() {
    computed(keys("", 1, 2, 3)).close();
    computed(keys("", 4, 5, 6)).close();
    assertEquals(3, found(keys("", 1, 2, 3)), "this makes it the latest");
    KvCache other = cache();
    other.reserve(6 * BLOCK); // 4 were never used
    assertEquals(4, pool.idle(), "two of six are given up");
    assertEquals(1, found(keys("", 4, 5, 6)));
    assertEquals(3, found(keys("", 1, 2, 3)));
    other.reserve(10 * BLOCK);
    assertEquals(0, found(keys("", 1, 2, 3)));
    assertEquals(0, pool.free());
    assertThrows(IllegalStateException.class, () -> cache().reserve(1));
    other.close();
    assertEquals(10, pool.free());
  }

  @Test
  void aTakenBlockIsAllZeros() {
    KvCache first = cache();
    first.reserve(10 * BLOCK);
    for (int page = 0; page < 10; page++) {
      first.page(0, page).fill((byte) 0x7f);
    }
    first.close();
    KvCache second = cache();
    second.reserve(10 * BLOCK);
    for (int page = 0; page < 10; page++) {
      for (long i = 0; i < second.page(0, page).byteSize(); i++) {
        assertEquals(0, second.page(0, page).get(ValueLayout.JAVA_BYTE, i));
      }
    }
  }

  @Test
  void aKeptBlockIsNotWrittenToAgain() {
    KvCache cache = computed(keys("", 1, 2));
    cache.truncate(BLOCK);
    assertThrows(IllegalArgumentException.class, () -> cache.truncate(BLOCK - 1));
    cache.truncate(0);
    assertEquals(0, pool.used());
  }

  @Test
  void countsStayRightInAnyOrder() {
    Random random = new Random(7);
    List<KvCache> open = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      if (random.nextInt(3) > 0 && pool.free() >= 3) {
        List<PrefixKey> keys = keys("", random.nextInt(3), random.nextInt(3), random.nextInt(3));
        KvCache cache = cache();
        cache.share(keys::get, 3);
        cache.advance(3 * BLOCK - cache.length());
        cache.reserve(3 * BLOCK);
        while (cache.keptPages() < 3) {
          cache.keepNext(keys.get(cache.keptPages()));
        }
        open.add(cache);
      } else if (!open.isEmpty()) {
        open.remove(random.nextInt(open.size())).close();
      }
      long held =
          open.stream()
              .flatMap(c -> Stream.of(0, 1, 2).map(page -> c.page(0, page)))
              .distinct()
              .count();
      assertEquals(held, pool.used());
      assertTrue(pool.used() + pool.idle() <= 10);
    }
    open.forEach(KvCache::close);
    assertEquals(0, pool.used());
  }
}
