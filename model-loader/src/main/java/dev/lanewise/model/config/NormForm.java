package dev.lanewise.model.config;

/** What a norm computes. */
public enum NormForm {
  /** {@code weight x / rms(x)} (Zhang and Sennrich, 2019). */
  RMS("attention.layer_norm_rms_epsilon"),

  /** {@code weight (x - mean(x)) / deviation(x) + bias} (Ba et al., 2016). */
  LAYER("attention.layer_norm_epsilon");

  private final String epsilonKey;

  NormForm(String epsilonKey) {
    this.epsilonKey = epsilonKey;
  }

  /** Where files have the epsilon, after the name of the family. */
  public String epsilonKey() {
    return epsilonKey;
  }
}
