package dev.lanewise.math.kernel;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the kernels, once. Vectors need HotSpot's C2: other compilers interpret or box every
 * vector operation, which is a hundred times slower than scalar code. This class touches no class
 * of the Vector API before it knows that the module is there.
 */
final class KernelChoice {
  static final Kernels BEST = choose();

  private KernelChoice() {}

  private static Kernels choose() {
    Optional<String> obstacle = obstacle(ManagementFactory.getRuntimeMXBean().getInputArguments());
    if (obstacle.isEmpty()) {
      Kernels vectors = VectorProvider.kernels();
      obstacle = KernelCheck.fault(vectors.products());
      if (obstacle.isEmpty()) {
        return vectors;
      }
    }
    System.getLogger("dev.lanewise.math")
        .log(
            System.Logger.Level.WARNING,
            "Computing with the slow scalar kernels: " + obstacle.get());
    return Kernels.scalar();
  }

  /** Why the vector kernels would not run well in this JVM, with the way out, or empty. */
  private static Optional<String> obstacle(List<String> arguments) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      return Optional.of(
          "the Vector API is not loaded; start Java with --add-modules jdk.incubator.vector, or"
              + " use ./lanewise, which does");
    }
    String compiler = System.getProperty("java.vm.name", "");
    if (!compiler.contains("HotSpot") && !compiler.contains("OpenJDK 64-Bit Server")) {
      return Optional.of(compiler + " is not HotSpot; use an OpenJDK 25 with its C2 compiler");
    }
    if (System.getProperty("java.vm.info", "").contains("interpreted")) {
      return Optional.of("the JVM only interprets; start Java without -Xint");
    }
    if (ModuleLayer.boot().findModule("jdk.graal.compiler").isPresent()
        && arguments.contains("-XX:+UseJVMCICompiler")) {
      return Optional.of("the Graal compiler is in use; start Java with -XX:-UseJVMCICompiler");
    }
    for (String argument : arguments) {
      if (argument.startsWith("-XX:TieredStopAtLevel=") && !argument.endsWith("=4")) {
        return Optional.of("the C2 compiler is off; start Java without " + argument);
      }
    }
    int bits = VectorProvider.bits();
    if (bits < 128) {
      return Optional.of("this machine has vectors of " + bits + " bits only; 128 are needed");
    }
    return Optional.empty();
  }
}
