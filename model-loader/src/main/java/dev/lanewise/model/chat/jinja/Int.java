package dev.lanewise.model.chat.jinja;

import java.math.BigInteger;

/**
 * Python's {@code int}.
 *
 * @param template false if the digits came from the conversation
 */
record Int(BigInteger value, boolean template) implements Value, Comparable<Int> {
  Int {
    if (value.bitLength() > Limits.INTEGER_BITS) {
      throw new Fault("integer of more than " + Limits.INTEGER_BITS + " bits");
    }
  }

  static Int of(long value) {
    return new Int(BigInteger.valueOf(value), true);
  }

  @Override
  public String typeName() {
    return "int";
  }

  @Override
  public boolean truth() {
    return value.signum() != 0;
  }

  @Override
  public int compareTo(Int other) {
    return value.compareTo(other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Value that && Numbers.equal(this, that);
  }

  @Override
  public int hashCode() {
    return Numbers.hash(this);
  }
}
