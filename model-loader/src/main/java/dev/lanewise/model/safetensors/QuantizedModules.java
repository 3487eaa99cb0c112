package dev.lanewise.model.safetensors;

import dev.lanewise.model.hub.HubConfig;
import dev.lanewise.model.hub.TensorUse;
import dev.lanewise.model.hub.WeightPart;
import dev.lanewise.model.hub.WeightScheme;
import dev.lanewise.model.hub.WeightScheme.Layout;
import dev.lanewise.model.hub.WeightScheme.Place;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Collects the tensors of modules whose weights are stored as codes. */
final class QuantizedModules {
  private static final String BIAS = ".bias";

  private final HubConfig config;
  private final WeightScheme scheme;
  private final Map<String, Map<WeightPart, StoredPart>> modules = new TreeMap<>();

  QuantizedModules(HubConfig config) {
    this.config = config;
    this.scheme = config.weightScheme();
  }

  /**
   * Takes a tensor if it belongs to one.
   *
   * @param bytes of its file
   * @return whether it does; weights that are numbers as they are do not
   * @throws dev.lanewise.model.ModelFormatException if there is another in its place
   */
  boolean take(StoredPart tensor, MemorySegment bytes) {
    Optional<Place> place = scheme.place(tensor.stored().name());
    if (place.isEmpty()) {
      return isBiasOfZeros(tensor, bytes);
    }
    WeightPart part = place.get().part();
    if (part == WeightPart.CODES && !isCodes(tensor.stored().dtype())) {
      return false;
    }
    if (part == WeightPart.OF_INPUTS) {
      return true;
    }
    StoredPart before =
        modules
            .computeIfAbsent(place.get().weights(), name -> new EnumMap<>(WeightPart.class))
            .put(part, tensor);
    if (before != null) {
      throw tensor.error("there is " + before.stored().name() + " in its place already");
    }
    return true;
  }

  /** AutoGPTQ gave biases to all modules, those that the model lacks being zeros. */
  private boolean isBiasOfZeros(StoredPart tensor, MemorySegment bytes) {
    StoredTensor stored = tensor.stored();
    boolean gptq = scheme.layout() == Layout.GPTQ || scheme.layout() == Layout.GPTQ_V2;
    if (!gptq || !stored.name().endsWith(BIAS) || config.knows(stored.name())) {
      return false;
    }
    MemorySegment zeros = bytes.asSlice(stored.offset(), stored.bytes());
    for (long i = 0; i < zeros.byteSize(); i++) {
      if (zeros.get(ValueLayout.JAVA_BYTE, i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether weights of a type can be codes: a module may have been left as it was. */
  private boolean isCodes(Dtype dtype) {
    return scheme.layout() == Layout.NUMBERS ? dtype == Dtype.F8_E4M3 : dtype.format().isEmpty();
  }

  /**
   * Hands all weights on.
   *
   * @param files their bytes, by the index of the part
   * @throws dev.lanewise.model.ModelFormatException if the tensors of a module do not fit
   * @throws dev.lanewise.model.UnsupportedModel if the model has no such weights
   */
  void addTo(TensorAssembly assembly, List<MemorySegment> files) {
    modules.forEach(
        (name, parts) -> {
          StoredPart codes = parts.get(WeightPart.CODES);
          if (codes == null) {
            throw parts.values().iterator().next().error("there are no codes that it belongs to");
          }
          List<TensorUse> uses = config.uses(codes.file(), name);
          if (!uses.isEmpty()) {
            CodedWeights weights = CodedWeights.of(scheme, parts, files);
            uses.forEach(use -> assembly.add(use, weights));
          }
        });
  }
}
