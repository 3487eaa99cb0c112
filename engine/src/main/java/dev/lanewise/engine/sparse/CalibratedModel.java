package dev.lanewise.engine.sparse;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The model that thresholds are for.
 *
 * @param file its name
 * @param sha256 what {@link ModelHash} makes of it
 * @param weights the format its weights were converted to while calibrating, or {@code as-is}
 */
public record CalibratedModel(
    @JsonProperty(required = true) String file,
    @JsonProperty(required = true) String sha256,
    @JsonProperty(required = true) String weights) {}
