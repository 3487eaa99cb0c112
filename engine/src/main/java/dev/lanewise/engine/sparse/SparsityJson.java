package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lanewise.model.ModelFormatException;
import dev.lanewise.model.config.ModelConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A {@link SparsityFile} as JSON, whose first field is its version. */
final class SparsityJson {
  /** A model of 100 blocks with 30,000 neurons each takes 24 MB. */
  private static final long MOST_BYTES = 64L << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path path;
  private final ModelConfig config;

  private SparsityJson(Path path, ModelConfig config) {
    this.path = path;
    this.config = config;
  }

  static SparsityFile read(Path path, ModelConfig config, String sha256) throws IOException {
    return new SparsityJson(path, config).read(sha256);
  }

  static void write(SparsityFile file, Path path) throws IOException {
    Path unfinished =
        Files.createTempFile(
            path.toAbsolutePath().getParent(), path.getFileName().toString(), ".tmp");
    try {
      JSON.writeValue(unfinished.toFile(), file);
      Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      Files.deleteIfExists(unfinished);
      throw failure;
    }
  }

  private SparsityFile read(String sha256) throws IOException {
    long bytes = Files.size(path);
    if (bytes > MOST_BYTES) {
      throw wrong("size", bytes + " bytes; such files have at most " + MOST_BYTES);
    }
    try {
      File source = path.toFile();
      checkVersion(source);
      SparsityFile file = JSON.readValue(source, SparsityFile.class);
      check(file, sha256);
      return file;
    } catch (JsonMappingException mismatch) {
      throw wrong(field(mismatch), problem(mismatch));
    } catch (JsonProcessingException syntax) {
      throw wrong(
          "line " + (syntax.getLocation() == null ? 1 : syntax.getLocation().getLineNr()),
          syntax.getOriginalMessage());
    }
  }

  /** First of all: another version may have any other fields. */
  private void checkVersion(File source) throws IOException {
    try (JsonParser parser = JSON.createParser(source)) {
      boolean found =
          parser.nextToken() == JsonToken.START_OBJECT
              && "version".equals(parser.nextFieldName())
              && parser.nextToken() == JsonToken.VALUE_NUMBER_INT;
      if (!found) {
        throw wrong("version", "it is not the first field; this is no file of lanewise calibrate");
      }
      if (parser.getValueAsInt() != SparsityFile.VERSION) {
        throw wrong(
            "version",
            "%s, but this version of Lanewise reads %d"
                .formatted(parser.getText(), SparsityFile.VERSION));
      }
    }
  }

  private void check(SparsityFile file, String sha256) {
    if (!file.model().sha256().equals(sha256)) {
      throw wrong(
          "model.sha256",
          "for another model (%s), or another version of its file".formatted(file.model().file()));
    }
    if (!file.method().worksOn(config)) {
      throw wrong("method", file.method() + " is for dense models with gates of SiLU");
    }
    expect("neurons", config.ffnHidden(), file.neurons());
    checkUpMeans(file);
    List<SparsityLevel> levels = file.levels();
    if (levels.isEmpty() || levels.getLast().target() != file.target()) {
      throw wrong("levels", "the last is not for the target, " + file.target());
    }
    for (int i = 0; i < levels.size(); i++) {
      checkKind(file.method(), "levels[%d]".formatted(i), levels.get(i));
      if (i > 0 && !(levels.get(i - 1).target() < levels.get(i).target())) {
        throw wrong("levels[%d].target".formatted(i), "not above that of the level before");
      }
    }
  }

  private void checkKind(ThresholdMethod method, String field, SparsityLevel level) {
    if ((level instanceof SkippingLevel) != (method == ThresholdMethod.FFN_SKIP)) {
      throw wrong(field, "has what " + method + " does not work with");
    }
    switch (level) {
      case ThresholdLevel thresholds ->
          expect(field + ".layers", config.layers(), thresholds.layers().size());
      case SkippingLevel skipping -> {
        if (skipping.skipping().largestShare(config.layers()) == 0) {
          throw wrong(field + ".skipping", "leaves no block of the model to skip");
        }
      }
    }
  }

  private void checkUpMeans(SparsityFile file) {
    List<float[]> means = file.upMeans();
    if (file.method() != ThresholdMethod.CHESS) {
      expect("upMeans", 0, means.size());
      return;
    }
    expect("upMeans", config.layers(), means.size());
    for (int layer = 0; layer < means.size(); layer++) {
      String field = "upMeans[%d]".formatted(layer);
      expect(field, config.ffnHidden(), means.get(layer).length);
      for (float mean : means.get(layer)) {
        if (!(mean >= 0 && mean <= Float.MAX_VALUE)) {
          throw wrong(field, "has " + mean + ", which must be finite and at least 0");
        }
      }
    }
  }

  private void expect(String field, int expected, int actual) {
    if (actual != expected) {
      throw wrong(field, "%d, where the model needs %d".formatted(actual, expected));
    }
  }

  private ModelFormatException wrong(String field, String problem) {
    return new ModelFormatException(
        path, field, problem + "; make the file anew with lanewise calibrate");
  }

  /** Such as {@code levels[3].layers[0].query}. */
  private static String field(JsonMappingException mismatch) {
    StringBuilder field = new StringBuilder();
    for (JsonMappingException.Reference step : mismatch.getPath()) {
      if (step.getFieldName() == null) {
        field.append('[').append(step.getIndex()).append(']');
      } else {
        field.append(field.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return field.isEmpty() ? "content" : field.toString();
  }

  private static String problem(JsonMappingException mismatch) {
    return mismatch.getCause() instanceof IllegalArgumentException ours
        ? ours.getMessage()
        : mismatch.getOriginalMessage().lines().findFirst().orElse("not as it should be");
  }
}
