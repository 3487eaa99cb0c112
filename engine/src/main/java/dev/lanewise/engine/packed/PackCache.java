package dev.lanewise.engine.packed;

import dev.lanewise.math.MatMul;
import dev.lanewise.math.format.BlockFormat;
import dev.lanewise.math.matrix.Matrix;
import dev.lanewise.math.thread.ThreadTeam;
import dev.lanewise.model.StoredModel;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;

/**
 * The place in a folder where the packed weights of one model are kept. Nothing that goes wrong
 * with it keeps the model from being loaded: it is told in one line, and weights are packed.
 */
public final class PackCache {
  private static final System.Logger LOG = System.getLogger("dev.lanewise.engine");

  private final Path file;
  private final PackKey key;
  private final MatMul matMul;
  private final ThreadTeam team;

  private PackCache(Path file, PackKey key, MatMul matMul, ThreadTeam team) {
    this.file = file;
    this.key = key;
    this.matMul = matMul;
    this.team = team;
  }

  /**
   * The place of a model; reads all of the model file, to tell it from others.
   *
   * @param conversion the format its weights are converted to, or empty
   * @throws IOException if the model file cannot be read
   */
  public static PackCache of(
      Path folder,
      StoredModel model,
      Optional<BlockFormat> conversion,
      MatMul matMul,
      ThreadTeam team)
      throws IOException {
    try (StoredModel readOnce = model.mapAgain()) {
      PackKey key = PackKey.of(readOnce, conversion, matMul, team);
      String name = "%s-%s.packed".formatted(model.path().getFileName(), key.shortName());
      return new PackCache(folder.resolve(name), key, matMul, team);
    }
  }

  /** The weights that are kept, or nothing; a damaged file is deleted. */
  public Optional<PackedWeights> read() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(PackFile.read(file, key, matMul, team));
    } catch (DamagedPack damaged) {
      LOG.log(
          Level.WARNING,
          "The packed weights in {0} are damaged ({1}) and are made anew",
          file,
          damaged.getMessage());
      delete(file);
    } catch (IOException unreadable) {
      LOG.log(Level.WARNING, "Packed weights cannot be read: {0}", unreadable.toString());
    }
    return Optional.empty();
  }

  /** Keeps weights for the next start. A reader sees all of the file or none. */
  public void write(Map<String, Matrix> matrices) {
    Path unfinished = null;
    try {
      Files.createDirectories(file.getParent());
      unfinished = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".tmp");
      PackFile.write(unfinished, key, matrices, team);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      LOG.log(
          Level.WARNING,
          "Packed weights are not kept for the next start: {0} (--no-pack-cache turns this off)",
          failure.toString());
      if (unfinished != null) {
        delete(unfinished);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      LOG.log(Level.WARNING, "A file of packed weights cannot be deleted: {0}", failure.toString());
    }
  }
}
