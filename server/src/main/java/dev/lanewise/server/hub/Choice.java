package dev.lanewise.server.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The files of a repository that make up the model that was asked for.
 *
 * @param files all of them; of a GGUF model the file to load is the first
 * @param isFolder whether the model is the folder of the files, as safetensors are
 * @param total how many models there were to choose from
 */
record Choice(List<HubFile> files, boolean isFolder, int total) {
  private static final String PREFERRED_TAG = "Q4_K_M";
  private static final int MOST_SHOWN = 30;
  private static final String SAFETENSORS = ".safetensors";
  private static final Set<String> BESIDE_SAFETENSORS =
      Set.of(
          "config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "tokenizer.model",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "chat_template.jinja",
          "chat_template.json",
          "model.safetensors.index.json",
          "1_Pooling/config.json");

  /**
   * Chooses.
   *
   * <p>A file that is named is taken, with the other parts if it is one of a split model; a tag
   * must be in the name of one GGUF model. Without either it is the only GGUF model, or the only
   * one with the tag Q4_K_M, which is what others take, or the safetensors if there is no GGUF.
   *
   * @throws HubException if none fits, or several do; it lists them
   */
  static Choice of(ModelReference model, List<HubFile> files) throws HubException {
    List<GgufModel> ggufs = GgufModel.among(files);
    if (model.file().isPresent()) {
      return named(model, model.file().get(), files, ggufs);
    }
    if (ggufs.isEmpty()) {
      return safetensors(model, files);
    }
    List<GgufModel> preferred = ggufs.stream().filter(gguf -> gguf.hasTag(PREFERRED_TAG)).toList();
    if (ggufs.size() > 1 && preferred.size() != 1) {
      throw new HubException(
          "%s has %d models; say which, as %s:FILE or %s:TAG like Q4_0: %s"
              .formatted(
                  model, ggufs.size(), model.repository(), model.repository(), listed(ggufs)));
    }
    return gguf(ggufs.size() == 1 ? ggufs.getFirst() : preferred.getFirst(), ggufs.size());
  }

  private static Choice named(
      ModelReference model, String file, List<HubFile> files, List<GgufModel> ggufs)
      throws HubException {
    for (GgufModel gguf : ggufs) {
      if (gguf.hasPart(file)) {
        return gguf(gguf, ggufs.size());
      }
    }
    for (HubFile other : files) {
      if (other.name().equals(file)) {
        return new Choice(List.of(other), false, ggufs.size());
      }
    }
    List<GgufModel> tagged = ggufs.stream().filter(gguf -> gguf.hasTag(file)).toList();
    if (tagged.size() == 1) {
      return gguf(tagged.getFirst(), ggufs.size());
    }
    if (tagged.isEmpty()) {
      throw new HubException.NoSuchFile(
          "%s has no file %s, and no GGUF file with that tag; it has %s"
              .formatted(model.repository(), file, ggufs.isEmpty() ? "no GGUF" : listed(ggufs)));
    }
    throw new HubException(
        "%s: %d files of %s have that tag; name one of them: %s"
            .formatted(file, tagged.size(), model.repository(), listed(tagged)));
  }

  private static Choice gguf(GgufModel gguf, int total) throws HubException {
    if (!gguf.isComplete()) {
      throw new HubException.NoSuchFile(
          "%s: %d of %d parts are there"
              .formatted(gguf.name(), gguf.parts().size(), gguf.declaredParts()));
    }
    return new Choice(gguf.parts(), false, total);
  }

  /**
   * Some repositories have the weights twice, under another name too; {@code model*} is what
   * transformers loads.
   */
  private static Choice safetensors(ModelReference model, List<HubFile> files) throws HubException {
    List<HubFile> weights =
        files.stream()
            .filter(file -> !file.name().contains("/") && file.name().endsWith(SAFETENSORS))
            .toList();
    List<HubFile> usual = weights.stream().filter(file -> file.name().startsWith("model")).toList();
    List<HubFile> chosen = usual.isEmpty() ? weights : usual;
    List<HubFile> all =
        files.stream()
            .filter(file -> chosen.contains(file) || BESIDE_SAFETENSORS.contains(file.name()))
            .toList();
    if (chosen.isEmpty() || all.stream().noneMatch(file -> file.name().equals("config.json"))) {
      throw new HubException.NoSuchFile(
          "%s has neither a GGUF file nor safetensors with a config.json".formatted(model));
    }
    return new Choice(all, true, 1);
  }

  private static String listed(List<GgufModel> models) {
    String shown =
        models.stream()
            .limit(MOST_SHOWN)
            .map(GgufModel::toString)
            .collect(Collectors.joining(", "));
    return models.size() <= MOST_SHOWN
        ? shown
        : String.format(Locale.ROOT, "%s, and %d more", shown, models.size() - MOST_SHOWN);
  }

  long bytes() {
    return files.stream().mapToLong(HubFile::size).sum();
  }

  /** What to load, in a folder that has the files. */
  Path path(Path folder) {
    return isFolder ? folder : folder.resolve(files.getFirst().name());
  }

  /** What was chosen, for people. */
  String description() {
    String size = Bytes.of(bytes());
    if (files.size() == 1) {
      return "%s (%s)".formatted(files.getFirst().name(), size);
    }
    return isFolder
        ? "safetensors (%d files, %s)".formatted(files.size(), size)
        : "%s (%d parts, %s)".formatted(files.getFirst().name(), files.size(), size);
  }
}
