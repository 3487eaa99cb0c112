package dev.lanewise.model.chat.jinja;

import dev.lanewise.model.chat.jinja.Expression.Operator;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic, on numbers and where Python has it on texts and lists. */
final class Arithmetic {
  private Arithmetic() {}

  static Value negative(Value operand) {
    return switch (operand) {
      case Real real -> new Real(-real.value(), real.template());
      case Undefined undefined -> throw undefined.fault();
      case Value number when Numbers.isInteger(number) ->
          new Int(Numbers.integer(number).negate(), number.template());
      default -> throw new Fault("bad operand type for unary -: '" + operand.typeName() + "'");
    };
  }

  static Value positive(Value operand) {
    return negative(negative(operand));
  }

  static Value apply(Operator operator, Value left, Value right, Run run) {
    if (left instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (right instanceof Undefined undefined
        && !(left instanceof Text && operator == Operator.MODULO)) {
      throw undefined.fault();
    }
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      boolean template = left.template() && right.template();
      return Numbers.isInteger(left) && Numbers.isInteger(right)
          ? integers(operator, Numbers.integer(left), Numbers.integer(right), template)
          : new Real(reals(operator, Numbers.real(left), Numbers.real(right)), template);
    }
    if (operator == Operator.ADD) {
      return joined(left, right);
    }
    if (operator == Operator.MULTIPLY && (Numbers.isInteger(left) || Numbers.isInteger(right))) {
      return Numbers.isInteger(right) ? repeated(left, right) : repeated(right, left);
    }
    if (operator == Operator.MODULO && left instanceof Text format) {
      return PercentFormat.format(format, right, run);
    }
    throw unsupported(operator, left, right);
  }

  private static Value integers(
      Operator operator, BigInteger left, BigInteger right, boolean template) {
    if (right.signum() == 0 && (operator == Operator.FLOOR_DIVIDE || operator == Operator.MODULO)) {
      throw new Fault("integer division or modulo by zero");
    }
    return switch (operator) {
      case ADD -> new Int(left.add(right), template);
      case SUBTRACT -> new Int(left.subtract(right), template);
      case MULTIPLY -> new Int(left.multiply(right), template);
      case DIVIDE ->
          new Real(
              reals(
                  operator, Numbers.real(new Int(left, true)), Numbers.real(new Int(right, true))),
              template);
      case FLOOR_DIVIDE -> new Int(floorDivide(left, right), template);
      case MODULO -> new Int(left.subtract(floorDivide(left, right).multiply(right)), template);
      case POWER -> power(left, right, template);
    };
  }

  private static BigInteger floorDivide(BigInteger left, BigInteger right) {
    BigInteger[] parts = left.divideAndRemainder(right);
    boolean roundDown = parts[1].signum() != 0 && parts[1].signum() != right.signum();
    return roundDown ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Value power(BigInteger base, BigInteger exponent, boolean template) {
    if (exponent.signum() < 0) {
      double result = reals(Operator.POWER, base.doubleValue(), exponent.doubleValue());
      return new Real(result, template);
    }
    if (base.abs().compareTo(BigInteger.ONE) <= 0) {
      boolean negative = base.signum() < 0 && exponent.testBit(0);
      BigInteger size = exponent.signum() == 0 ? BigInteger.ONE : base.abs();
      return new Int(negative ? size.negate() : size, template);
    }
    if (exponent.bitLength() >= Integer.SIZE
        || (base.bitLength() - 1L) * exponent.intValue() > Limits.INTEGER_BITS) {
      throw new Fault("integer of more than " + Limits.INTEGER_BITS + " bits");
    }
    return new Int(base.pow(exponent.intValue()), template);
  }

  private static double reals(Operator operator, double left, double right) {
    if (right == 0
        && (operator == Operator.DIVIDE
            || operator == Operator.FLOOR_DIVIDE
            || operator == Operator.MODULO)) {
      throw new Fault("division by zero");
    }
    return switch (operator) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case FLOOR_DIVIDE -> Math.floor((left - floorRemainder(left, right)) / right + 0.5);
      case MODULO -> floorRemainder(left, right);
      case POWER -> {
        if (left == 0 && right < 0) {
          throw new Fault("0.0 cannot be raised to a negative power");
        }
        double result = Math.pow(left, right);
        if (Double.isInfinite(result) && Double.isFinite(left) && Double.isFinite(right)) {
          throw new Fault("float too large");
        }
        yield result;
      }
    };
  }

  /** The remainder with the sign of the divisor. */
  private static double floorRemainder(double left, double right) {
    double remainder = left % right;
    return remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder;
  }

  private static Value joined(Value left, Value right) {
    if (left instanceof Text one && right instanceof Text other) {
      if (one.isMarkup() || other.isMarkup()) {
        return HtmlEscape.escaped(one).plus(HtmlEscape.escaped(other)).asMarkup(true);
      }
      return one.plus(other);
    }
    if (left instanceof Sequence one
        && right instanceof Sequence other
        && !one.kind().isView()
        && !other.kind().isView()
        && one.kind().isTuple() == other.kind().isTuple()) {
      List<Value> elements = new ArrayList<>(one.elements());
      elements.addAll(other.elements());
      return new Sequence(
          one.kind().isTuple() ? Sequence.Kind.TUPLE : Sequence.Kind.LIST, elements);
    }
    if (left instanceof Text) {
      throw new Fault("can only concatenate str (not \"" + right.typeName() + "\") to str");
    }
    throw unsupported(Operator.ADD, left, right);
  }

  private static Value repeated(Value subject, Value times) {
    int count = Math.max(0, Numbers.clamped(times));
    if (subject instanceof Text text) {
      return text.times(count);
    }
    if (subject instanceof Sequence sequence && !sequence.kind().isView()) {
      if (sequence.elements().isEmpty()) {
        return sequence;
      }
      if (sequence.weight() * count > Limits.VALUE_WEIGHT) {
        throw new Fault("value too large");
      }
      List<Value> elements = new ArrayList<>(sequence.elements().size() * count);
      for (int i = 0; i < count; i++) {
        elements.addAll(sequence.elements());
      }
      return new Sequence(
          sequence.kind().isTuple() ? Sequence.Kind.TUPLE : Sequence.Kind.LIST, elements);
    }
    throw unsupported(Operator.MULTIPLY, subject, times);
  }

  private static Fault unsupported(Operator operator, Value left, Value right) {
    return new Fault(
        "unsupported operand type(s) for "
            + operator.symbol
            + ": '"
            + left.typeName()
            + "' and '"
            + right.typeName()
            + "'");
  }
}
