package dev.lanewise.model;

import dev.lanewise.math.Rope;
import dev.lanewise.model.gguf.GgufFile;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import dev.lanewise.model.safetensors.SafetensorsFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model as it is stored, mapped into memory read-only: metadata and tensors by the names that
 * GGUF has for them, whatever the files call them. The data stays valid until {@link #close}.
 */
public interface StoredModel extends AutoCloseable {
  /**
   * Opens a GGUF file, or a folder with safetensors; reads and checks the headers only.
   *
   * @throws ModelFormatException if a file is not sound
   * @throws UnsupportedModel if the model asks for something that is not read or not computed
   * @throws IOException if a file cannot be read
   */
  static StoredModel open(Path path) throws IOException {
    return Files.isDirectory(path) ? SafetensorsFolder.open(path) : GgufFile.open(path);
  }

  /**
   * The same model in a mapping of its own. Pages that are read stay in the memory of the process
   * until their mapping is closed, so what is read once is read through a second one.
   *
   * @throws ModelFormatException if a file has another size by now
   * @throws IOException if a file cannot be read
   */
  StoredModel mapAgain() throws IOException;

  /** The file or folder that was opened. */
  Path path();

  /** The format of the files, for people. */
  String format();

  /** The size of all files with tensors, in bytes. */
  long fileBytes();

  /** What the model is, how it tokenizes, its chat template. */
  Metadata metadata();

  /**
   * Which elements of a head are rotated together as the rows of query and key are stored here;
   * empty for the layout that GGUF files of the family have.
   */
  Optional<Rope.Layout> ropeLayout();

  /** All tensors, in the order of the parts and their data. */
  List<TensorInfo> tensors();

  /** A tensor by its name. */
  Optional<TensorInfo> tensor(String name);

  /** The data of a tensor of this model. */
  default MemorySegment data(TensorInfo tensor) {
    return data(tensor, 0, tensor.rows());
  }

  /**
   * The data of some rows of a tensor. Where the files have them in another form, they are made
   * anew in each call, in memory that is kept until {@link #close}: large ones should be read
   * through a mapping of their own.
   *
   * @param firstRow from 0, counted over all dimensions but that of a row
   */
  MemorySegment data(TensorInfo tensor, long firstRow, long rows);

  /** The bytes of each part before its data: what says which tensors there are. */
  List<MemorySegment> headerBytes();

  /** The bytes of each part behind its header: what the data of all tensors is made from. */
  List<MemorySegment> dataBytes();

  /** Unmaps the files; data handed out before is invalid from now on. */
  @Override
  void close();
}
