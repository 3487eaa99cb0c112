package dev.lanewise.bench.jmh;

import dev.lanewise.bench.limit.ReadBandwidth;
import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products of one matrix, by the vector kernels and by the scalar ones in the same run. The
 * matrices are larger than the caches of most machines: {@code read} only reads the packed matrix,
 * and its time over that of {@code oneColumn} is the part of the read limit that a step of decoding
 * reaches. Prompts show the limit of computation.
 *
 * <pre>{@code
 * ./build package -Dmaven.test.skip=true
 * java --add-modules jdk.incubator.vector -cp 'server/target/lib/*' org.openjdk.jmh.Main MatMulBenchmark
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:Tier3DelayOn=100000"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class MatMulBenchmark {
  private static final int COLUMNS = 64;

  @Param({
    "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "MXFP4", "NVFP4",
    "BF16", "F16", "F32"
  })
  private BlockFormat format;

  @Param({"vector", "scalar"})
  private String kernels;

  @Param({"1", "2"})
  private int threads;

  @Param("49152")
  private int rows;

  @Param("2048")
  private int cols;

  private Arena arena;
  private ThreadTeam team;
  private MatMul matMul;
  private Matrix matrix;
  private Inputs x;
  private float[] y;
  private long[] readSums;

  /** Packs a matrix of random weights. */
  @Setup(Level.Trial)
  public void pack() {
    arena = Arena.ofShared();
    team = new ThreadTeam(threads);
    matMul = new MatMul(kernels.equals("vector") ? Kernels.best() : Kernels.scalar(), team);
    MemorySegment blocks = arena.allocate(format.bytesFor((long) rows * cols), 64);
    Random random = new Random(1);
    for (long at = 0; at < blocks.byteSize(); at++) {
      blocks.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(56));
    }
    matrix = matMul.pack(format, blocks, rows, cols, arena);
    x = new Inputs(COLUMNS, cols);
    for (int i = 0; i < x.floats().length; i++) {
      x.floats()[i] = (float) random.nextGaussian();
    }
    for (int c = 0; c < COLUMNS; c++) {
      matMul.round(x, COLUMNS, c, 0, cols / Inputs.BLOCK, cols);
    }
    y = new float[COLUMNS * rows];
    readSums = new long[threads];
  }

  /** Ends the threads and frees the weights. */
  @TearDown(Level.Trial)
  public void close() {
    team.close();
    arena.close();
  }

  /** The bytes of the matrix, and nothing else: what one column could take at best. */
  @Benchmark
  public long[] read() {
    team.run(
        (member, size) -> {
          long slices = matrix.bytes() / ReadBandwidth.SLICE;
          long end = slices * (member + 1) / size;
          for (long slice = slices * member / size; slice < end; slice++) {
            readSums[member] +=
                ReadBandwidth.sum(
                    matrix.tiles().asSlice(slice * ReadBandwidth.SLICE, ReadBandwidth.SLICE));
          }
        });
    return readSums;
  }

  /** One column of a decode step. */
  @Benchmark
  public float[] oneColumn() {
    team.run((member, size) -> matMul.rounded(matrix, x, 0, 1, y, rows, member, size));
    return y;
  }

  /** Eight columns of a decode step. */
  @Benchmark
  public float[] eightColumns() {
    team.run((member, size) -> matMul.rounded(matrix, x, 0, 8, y, rows, member, size));
    return y;
  }

  /** A prompt of 64 columns. */
  @Benchmark
  public float[] prompt() {
    boolean rounds = matMul.roundsPrompts(matrix);
    team.run(
        (member, size) -> {
          if (rounds) {
            matMul.rounded(matrix, x, 0, COLUMNS, y, rows, member, size);
          } else {
            matMul.exact(matrix, x, 0, COLUMNS, y, rows, member, size);
          }
        });
    return y;
  }
}
