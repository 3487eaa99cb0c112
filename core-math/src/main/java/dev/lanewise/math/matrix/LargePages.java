package dev.lanewise.math.matrix;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory for weights in pages of 2 MB, where Linux gives them to those who ask ({@code
 * transparent_hugepage} is {@code madvise} by default). A step of decoding reads all weights once:
 * in pages of 4 kB the walks of the page table take several percent of its time, more in a virtual
 * machine. Elsewhere, or without {@code --enable-native-access} for this module, memory is
 * ordinary.
 */
final class LargePages {
  private static final long PAGE = 2L << 20;
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int ADVISE_HUGE_PAGES = 14;

  private static final LargePages LINUX = linux();

  private final MethodHandle map;
  private final MethodHandle advise;
  private final MethodHandle unmap;

  private LargePages(MethodHandle map, MethodHandle advise, MethodHandle unmap) {
    this.map = map;
    this.advise = advise;
    this.unmap = unmap;
  }

  /** The calls of Linux's C library, or null where there are none or the JVM would warn of them. */
  private static LargePages linux() {
    if (!System.getProperty("os.name").equals("Linux")
        || !LargePages.class.getModule().isNativeAccessEnabled()) {
      return null;
    }
    try {
      Linker linker = Linker.nativeLinker();
      SymbolLookup libc = linker.defaultLookup();
      ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
      ValueLayout.OfInt number = ValueLayout.JAVA_INT;
      return new LargePages(
          linker.downcallHandle(
              libc.findOrThrow("mmap"),
              FunctionDescriptor.of(word, word, word, number, number, number, word)),
          linker.downcallHandle(
              libc.findOrThrow("madvise"), FunctionDescriptor.of(number, word, word, number)),
          linker.downcallHandle(
              libc.findOrThrow("munmap"), FunctionDescriptor.of(number, word, word)));
    } catch (RuntimeException notAllowed) {
      return null;
    }
  }

  /** Zeroed memory that lives as long as {@code arena}, aligned to at least 64 bytes. */
  static MemorySegment allocate(long bytes, Arena arena) {
    if (LINUX == null || bytes < PAGE) {
      return arena.allocate(bytes, 64);
    }
    return LINUX.mapped(bytes, arena);
  }

  private MemorySegment mapped(long bytes, Arena arena) {
    long length = bytes + PAGE;
    long address = call(map, 0L, length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
    if (address == -1) {
      return arena.allocate(bytes, 64);
    }
    long start = (address + PAGE - 1) / PAGE * PAGE;
    advise(start, bytes);
    return MemorySegment.ofAddress(start)
        .reinterpret(bytes, arena, segment -> unmap(address, length));
  }

  private static long call(
      MethodHandle map, long at, long length, int protection, int flags, int file, long offset) {
    try {
      return (long) map.invokeExact(at, length, protection, flags, file, offset);
    } catch (Throwable thrown) {
      throw new IllegalStateException(thrown);
    }
  }

  /** The advice may be refused, which leaves ordinary pages. */
  private void advise(long start, long bytes) {
    try {
      int refused = (int) advise.invokeExact(start, bytes, ADVISE_HUGE_PAGES);
      assert refused == 0 || refused == -1;
    } catch (Throwable thrown) {
      throw new IllegalStateException(thrown);
    }
  }

  private void unmap(long address, long length) {
    try {
      int failed = (int) unmap.invokeExact(address, length);
      assert failed == 0;
    } catch (Throwable thrown) {
      throw new IllegalStateException(thrown);
    }
  }
}
