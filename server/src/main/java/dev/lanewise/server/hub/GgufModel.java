package dev.lanewise.server.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model in a repository: one GGUF file, or all parts of a split one.
 *
 * @param name the name of the file, or of the first part
 * @param declaredParts how many parts there are to be
 */
record GgufModel(String name, int declaredParts, List<HubFile> parts) {
  private static final Pattern PART =
      Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.CASE_INSENSITIVE);

  /** The models among files, without image projectors and importance matrices. */
  static List<GgufModel> among(List<HubFile> files) {
    Map<String, List<HubFile>> models = new LinkedHashMap<>();
    for (HubFile file : files) {
      String lower = file.name().toLowerCase(Locale.ROOT);
      if (lower.endsWith(".gguf") && !lower.contains("mmproj") && !lower.contains("imatrix")) {
        models.computeIfAbsent(first(file.name()), name -> new ArrayList<>()).add(file);
      }
    }
    List<GgufModel> all = new ArrayList<>();
    models.forEach(
        (name, parts) -> {
          parts.sort(Comparator.comparing(HubFile::name));
          Matcher part = PART.matcher(name);
          int declared = part.matches() ? Integer.parseInt(part.group(3)) : 1;
          all.add(new GgufModel(name, declared, List.copyOf(parts)));
        });
    return all;
  }

  /** The name of the first part of the model that a file belongs to. */
  private static String first(String name) {
    Matcher part = PART.matcher(name);
    return part.matches() ? "%s-00001-of-%s.gguf".formatted(part.group(1), part.group(3)) : name;
  }

  boolean isComplete() {
    return parts.size() == declaredParts && parts.getFirst().name().equals(name);
  }

  boolean hasPart(String file) {
    return parts.stream().anyMatch(part -> part.name().equals(file));
  }

  /**
   * Whether the name has a tag in it, in any case: {@code q4_k_m} is in {@code model-Q4_K_M.gguf},
   * and {@code Q4_K} is not, nor {@code F16} in {@code model-BF16.gguf}.
   */
  boolean hasTag(String tag) {
    Pattern separate =
        Pattern.compile(
            "(?:^|[^A-Za-z0-9])" + Pattern.quote(tag) + "(?=[^A-Za-z0-9_])",
            Pattern.CASE_INSENSITIVE);
    return separate.matcher(name).find();
  }

  long bytes() {
    return parts.stream().mapToLong(HubFile::size).sum();
  }

  /** Its name and size, for people. */
  @Override
  public String toString() {
    return "%s (%s)".formatted(name, Bytes.of(bytes()));
  }
}
