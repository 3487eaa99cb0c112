package dev.lanewise.bench.jmh;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.kernel.Kernels;
import dev.lanewise.math.matrix.InputMajor;
import dev.lanewise.math.matrix.Inputs;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
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
 * Products of one column with matrices that no cache holds together, one after the other as in a
 * decoding step: by the kernels that leave nothing out, and by those that skip inputs of zero.
 * Where the second begin to be faster is the share of active inputs up to which they are worth it.
 *
 * <pre>{@code
 * ./build package -Dmaven.test.skip=true
 * java --add-modules jdk.incubator.vector -cp 'server/target/lib/*' org.openjdk.jmh.Main SkippingBenchmark
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "-XX:Tier3DelayOn=100000"
    })
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class SkippingBenchmark {
  private static final long LEAST_BYTES = 200 << 20;

  @Param({"MXFP4", "Q8_0", "Q4_1"})
  private BlockFormat format;

  /** The down matrices of a model of 1 billion weights, and of one of 135 million. */
  @Param({"2048x8192", "576x1536"})
  private String shape;

  @Param({"75", "50", "40", "30", "20", "10"})
  private int activePercent;

  @Param("2")
  private int threads;

  private Arena arena;
  private ThreadTeam team;
  private MatMul matMul;
  private final List<Matrix> dense = new ArrayList<>();
  private final List<InputMajor> turned = new ArrayList<>();
  private final List<Inputs> inputs = new ArrayList<>();
  private int rows;
  private float[] y;
  private int next;

  /** Packs matrices of random weights, and makes inputs of which each block has its own zeros. */
  @Setup(Level.Trial)
  public void pack() {
    rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
    int cols = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
    arena = Arena.ofShared();
    team = new ThreadTeam(threads);
    matMul = new MatMul(Kernels.best(), team);
    MemorySegment blocks = arena.allocate(format.bytesFor((long) rows * cols), 64);
    Random random = new Random(1);
    for (long at = 0; at < blocks.byteSize(); at++) {
      blocks.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(56));
    }
    for (long bytes = 0; bytes < LEAST_BYTES; bytes += blocks.byteSize()) {
      Matrix matrix = matMul.pack(format, blocks, rows, cols, arena);
      dense.add(matrix);
      turned.add(matMul.inputMajor(matrix, arena).orElseThrow());
      Inputs x = new Inputs(1, cols);
      for (int k = 0; k < cols; k++) {
        x.floats()[k] =
            random.nextInt(100) < activePercent ? 1 + (float) Math.abs(random.nextGaussian()) : 0;
      }
      matMul.round(x, 1, 0, 0, cols / Inputs.BLOCK, cols);
      inputs.add(x);
    }
    y = new float[rows];
  }

  /** Ends the threads and frees the weights. */
  @TearDown(Level.Trial)
  public void close() {
    team.close();
    arena.close();
  }

  /** The kernels that leave nothing out. */
  @Benchmark
  public float[] dense() {
    int i = next++ % dense.size();
    team.run(
        (member, size) -> matMul.rounded(dense.get(i), inputs.get(i), 0, 1, y, rows, member, size));
    return y;
  }

  /** The kernels that skip. */
  @Benchmark
  public float[] skipping() {
    int i = next++ % dense.size();
    team.run(
        (member, size) -> matMul.skipping(turned.get(i), inputs.get(i), 0, y, rows, member, size));
    return y;
  }
}
