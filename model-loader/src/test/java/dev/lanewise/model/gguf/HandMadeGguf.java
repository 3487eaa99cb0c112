package dev.lanewise.model.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** GGUF files put together field by field, so that tests can have unsound ones. */
final class HandMadeGguf {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long keys;
  private long tensors;
  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int dataBytes;

  HandMadeGguf key(String name, String value) {
    keys++;
    string(metadata, name);
    u32(metadata, GgufType.STRING);
    string(metadata, value);
    return this;
  }

  HandMadeGguf key(String name, int value) {
    keys++;
    string(metadata, name);
    u32(metadata, GgufType.UINT32);
    u32(metadata, value);
    return this;
  }

  HandMadeGguf array(String name, int elementType, long length, byte... content) {
    keys++;
    string(metadata, name);
    u32(metadata, GgufType.ARRAY);
    u32(metadata, elementType);
    u64(metadata, length);
    metadata.writeBytes(content);
    return this;
  }

  HandMadeGguf tensor(String name, int type, long offset, long... dims) {
    tensors++;
    string(directory, name);
    u32(directory, dims.length);
    for (long dim : dims) {
      u64(directory, dim);
    }
    u32(directory, type);
    u64(directory, offset);
    return this;
  }

  HandMadeGguf data(int bytes) {
    dataBytes = bytes;
    return this;
  }

  byte[] bytes() {
    return bytes(3, tensors, keys);
  }

  byte[] bytes(int version, long tensorCount, long keyCount) {
    out.reset();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    u32(out, version);
    u64(out, tensorCount);
    u64(out, keyCount);
    out.writeBytes(metadata.toByteArray());
    out.writeBytes(directory.toByteArray());
    while (out.size() % 32 != 0) {
      out.write(0);
    }
    out.writeBytes(new byte[dataBytes]);
    return out.toByteArray();
  }

  Path to(Path file) throws IOException {
    return Files.write(file, bytes());
  }

  private static void u32(ByteArrayOutputStream to, int value) {
    to.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private static void u64(ByteArrayOutputStream to, long value) {
    to.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  private static void string(ByteArrayOutputStream to, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    u64(to, bytes.length);
    to.writeBytes(bytes);
  }
}
