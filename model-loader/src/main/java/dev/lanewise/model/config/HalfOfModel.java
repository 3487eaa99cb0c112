package dev.lanewise.model.config;

import dev.lanewise.math.Rope;
import dev.lanewise.model.StoredModel;
import dev.lanewise.model.gguf.Metadata;
import dev.lanewise.model.gguf.TensorInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model that is asked for the tensors of one of its halves by the names that they have in a model
 * without halves. What both halves share keeps its name. Tensors that it returns have the names of
 * the file; closing it closes the model.
 */
public record HalfOfModel(StoredModel whole, Half half) implements StoredModel {
  @Override
  public Optional<TensorInfo> tensor(String name) {
    return whole.tensor(half.fileName(name)).or(() -> whole.tensor(name));
  }

  @Override
  public MemorySegment data(TensorInfo tensor, long firstRow, long rows) {
    return whole.data(tensor, firstRow, rows);
  }

  @Override
  public StoredModel mapAgain() throws IOException {
    return new HalfOfModel(whole.mapAgain(), half);
  }

  @Override
  public Path path() {
    return whole.path();
  }

  @Override
  public String format() {
    return whole.format();
  }

  @Override
  public long fileBytes() {
    return whole.fileBytes();
  }

  @Override
  public Metadata metadata() {
    return whole.metadata();
  }

  @Override
  public Optional<Rope.Layout> ropeLayout() {
    return whole.ropeLayout();
  }

  @Override
  public List<TensorInfo> tensors() {
    return whole.tensors();
  }

  @Override
  public List<MemorySegment> headerBytes() {
    return whole.headerBytes();
  }

  @Override
  public List<MemorySegment> dataBytes() {
    return whole.dataBytes();
  }

  @Override
  public void close() {
    whole.close();
  }
}
