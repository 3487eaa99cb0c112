package dev.lanewise.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import dev.lanewise.model.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The header of one safetensors file, checked against the size of the file: 8 bytes with the length
 * of the JSON that follows, an entry for each tensor, and behind it the data without a gap.
 *
 * @param tensors in the order of their data
 * @param bytes of length and JSON together
 */
record SafetensorsHeader(List<StoredTensor> tensors, long bytes) {
  /** What the format allows for the JSON. */
  static final long MAX_JSON_BYTES = 100_000_000;

  static final int MAX_TENSORS = 1 << 18;

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxNameLength(1024)
                  .maxStringLength(256)
                  .build())
          .build();

  static SafetensorsHeader read(Path file, MemorySegment bytes) throws IOException {
    long size = bytes.byteSize();
    if (size < Long.BYTES) {
      throw new ModelFormatException(
          file, 0, "header length", "the file ends after " + size + " bytes; is it truncated?");
    }
    long length = bytes.get(LENGTH, 0);
    if (length < 2 || length > MAX_JSON_BYTES) {
      throw new ModelFormatException(
          file,
          0,
          "header length",
          "%s is not from 2 to %d; is it a safetensors file?"
              .formatted(Long.toUnsignedString(length), MAX_JSON_BYTES));
    }
    if (length > size - Long.BYTES) {
      throw new ModelFormatException(
          file,
          0,
          "header length",
          "%d bytes end past the end of the file, which has %d bytes; is it truncated?"
              .formatted(length, size));
    }
    if (bytes.get(ValueLayout.JAVA_BYTE, Long.BYTES) != '{') {
      throw new ModelFormatException(file, Long.BYTES, "header", "it does not start with {");
    }
    long data = Long.BYTES + length;
    MemorySegment json = bytes.asSlice(Long.BYTES, length);
    try (JsonParser parser =
        JSON.createParser(new ByteBufferBackedInputStream(json.asByteBuffer()))) {
      List<StoredTensor> tensors = new Reader(file, parser, data, size - data).all();
      checkLayout(file, tensors, data, size);
      return new SafetensorsHeader(List.copyOf(tensors), data);
    } catch (JsonProcessingException malformed) {
      throw new ModelFormatException(
          file, "header", "malformed JSON: " + malformed.getOriginalMessage());
    }
  }

  /** Sorts the tensors by their data, which must fill the file. */
  private static void checkLayout(Path file, List<StoredTensor> tensors, long data, long size) {
    tensors.sort(
        Comparator.comparingLong(StoredTensor::offset).thenComparingLong(StoredTensor::bytes));
    long end = data;
    for (StoredTensor tensor : tensors) {
      if (tensor.offset() != end) {
        String problem =
            tensor.offset() < end
                ? "its data overlaps that of the tensor before it"
                : "there is a gap of %d bytes before its data".formatted(tensor.offset() - end);
        throw new ModelFormatException(
            file, tensor.offset(), "tensor " + tensor.name() + " (data_offsets)", problem);
      }
      end += tensor.bytes();
    }
    if (end != size) {
      throw new ModelFormatException(
          file, end, "data", "%d bytes at the end belong to no tensor".formatted(size - end));
    }
  }

  /**
   * Reads the JSON.
   *
   * @param dataStart where in the file the data starts
   * @param dataBytes length of the data
   */
  private record Reader(Path file, JsonParser parser, long dataStart, long dataBytes) {
    List<StoredTensor> all() throws IOException {
      List<StoredTensor> tensors = new ArrayList<>();
      Set<String> names = new HashSet<>();
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (!names.add(name)) {
          throw error(name, "it occurs twice");
        }
        if (names.size() > MAX_TENSORS) {
          throw error(name, "more than " + MAX_TENSORS + " tensors");
        }
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw error(name, "should be an object");
        }
        if (name.equals("__metadata__")) {
          parser.skipChildren();
        } else {
          tensors.add(tensor(name));
        }
      }
      if (parser.nextToken() != null) {
        throw new ModelFormatException(file, "header", "something follows the JSON object");
      }
      return tensors;
    }

    private StoredTensor tensor(String name) throws IOException {
      Dtype dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "dtype" -> dtype = once(name, field, dtype, dtype(name));
          case "shape" -> shape = once(name, field, shape, sizes(name, field));
          case "data_offsets" -> offsets = once(name, field, offsets, sizes(name, field));
          default -> throw error(name, "has the field " + field + ", which the format does not");
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        throw error(name, "needs dtype, shape and data_offsets");
      }
      return tensor(name, dtype, shape, offsets);
    }

    private StoredTensor tensor(String name, Dtype dtype, List<Long> shape, List<Long> offsets) {
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1) || offsets.get(1) > dataBytes) {
        throw error(
            name,
            "data_offsets %s are not two that lie in the %d bytes of data; is it truncated?"
                .formatted(offsets, dataBytes));
      }
      long bytes = offsets.get(1) - offsets.get(0);
      long expected;
      try {
        expected = dtype.bytesFor(shape.stream().reduce(1L, Math::multiplyExact));
      } catch (ArithmeticException overflow) {
        throw error(name, "shape %s of %s: %s".formatted(shape, dtype, overflow.getMessage()));
      }
      if (bytes != expected) {
        throw error(
            name,
            "shape %s of %s takes %d bytes, but data_offsets %s tell of %d"
                .formatted(shape, dtype, expected, offsets, bytes));
      }
      return new StoredTensor(name, dtype, shape, dataStart + offsets.get(0), bytes);
    }

    private <T> T once(String name, String field, T before, T value) {
      if (before != null) {
        throw error(name, "has " + field + " twice");
      }
      return value;
    }

    private Dtype dtype(String name) throws IOException {
      if (parser.currentToken() != JsonToken.VALUE_STRING) {
        throw error(name, "dtype should be a string");
      }
      String dtype = parser.getText();
      return Dtype.named(dtype)
          .orElseThrow(() -> error(name, "the dtype " + dtype + " is not one of the format"));
    }

    /** At most 8 integers of 0 and more. */
    private List<Long> sizes(String name, String field) throws IOException {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw error(name, field + " should be a list of integers");
      }
      List<Long> sizes = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        boolean integer =
            parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        if (!integer || parser.getLongValue() < 0 || sizes.size() == 8) {
          throw error(name, field + " should be at most 8 integers of 0 and more");
        }
        sizes.add(parser.getLongValue());
      }
      return List.copyOf(sizes);
    }

    private ModelFormatException error(String name, String problem) {
      return new ModelFormatException(file, "tensor " + name, problem);
    }
  }
}
