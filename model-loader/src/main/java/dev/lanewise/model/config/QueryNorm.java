package dev.lanewise.model.config;

/** Whether queries and keys are normed (RMSNorm) before they are rotated. */
public enum QueryNorm {
  NONE,

  /** Each head by itself; weights are shared by all heads. */
  HEAD,

  /** All heads together. */
  PROJECTION
}
