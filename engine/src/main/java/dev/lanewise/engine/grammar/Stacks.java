package dev.lanewise.engine.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Stacks of nodes to go on at, equal ones of which are one number. A stack is its top frame and the
 * number of the stack below. The frame of a {@link Program.Repeat} has a count: the times its body
 * was gone through before this one.
 *
 * <p>A frame of a repeat whose body may be empty is <em>fresh</em> until a byte is taken. The body
 * that ends with a fresh frame on top was empty.
 */
final class Stacks {
  /** The empty stack. */
  static final int EMPTY = 0;

  private record Frame(int node, int count, int below, boolean fresh) {}

  private final Program program;
  private final int[] horizons;
  private final Map<Frame, Integer> numbers = new HashMap<>();
  private Frame[] frames = new Frame[64];

  /** The stack of each with no fresh frames. */
  private int[] settled = new int[64];

  /** The stack of each with clamped counts, for each horizon. */
  private final int[][] clamped;

  private int size = 1;

  /**
   * No stacks but the empty one.
   *
   * @param horizons numbers of bytes ahead to clamp counts for
   */
  Stacks(Program program, int... horizons) {
    this.program = program;
    this.horizons = horizons;
    this.clamped = new int[horizons.length][64];
  }

  int size() {
    return size;
  }

  /** A call's frame on top of a stack. */
  int push(int node, int below) {
    return push(node, 0, below, false);
  }

  /** A frame on top of a stack. */
  int push(int node, int count, int below, boolean fresh) {
    Frame frame = new Frame(node, count, below, fresh);
    Integer known = numbers.get(frame);
    if (known != null) {
      return known;
    }
    if (size == frames.length) {
      grow();
    }
    int number = size++;
    frames[number] = frame;
    numbers.put(frame, number);
    int ofBelow = settled[below];
    settled[number] = !fresh && ofBelow == below ? number : push(node, count, ofBelow, false);
    for (int i = 0; i < horizons.length; i++) {
      int near = clamped(node, count, horizons[i]);
      ofBelow = clamped[i][below];
      clamped[i][number] =
          near == count && ofBelow == below ? number : push(node, near, ofBelow, fresh);
    }
    return number;
  }

  private int clamped(int node, int count, int bytes) {
    return program.node(node) instanceof Program.Repeat repeat
        ? repeat.clamped(count, bytes)
        : count;
  }

  private void grow() {
    int length = 2 * frames.length;
    frames = Arrays.copyOf(frames, length);
    settled = Arrays.copyOf(settled, length);
    Arrays.setAll(clamped, i -> Arrays.copyOf(clamped[i], length));
  }

  /** The node of the top frame. */
  int node(int stack) {
    return frames[stack].node;
  }

  /** The count of the top frame. */
  int count(int stack) {
    return frames[stack].count;
  }

  /** Whether the top frame is fresh. */
  boolean isFresh(int stack) {
    return frames[stack].fresh;
  }

  /** The stack without its top frame. */
  int below(int stack) {
    return frames[stack].below;
  }

  /** The stack after a byte was taken. */
  int settled(int stack) {
    return settled[stack];
  }

  /** The stack with counts that have the same future for as many bytes as a horizon says. */
  int clamped(int horizon, int stack) {
    return clamped[horizon][stack];
  }

  /**
   * The same stack among these, which is one of others now.
   *
   * @param adopted the number here of each of the others that was adopted before, else {@link
   *     #EMPTY}; one with its frames is added
   */
  int adopt(Stacks others, int stack, int[] adopted) {
    int depth = 0;
    for (int at = stack; adopted[at] == EMPTY && at != EMPTY; at = others.below(at)) {
      depth++;
    }
    int[] path = new int[depth];
    for (int at = stack; depth > 0; at = others.below(at)) {
      path[--depth] = at;
    }
    for (int at : path) {
      Frame frame = others.frames[at];
      adopted[at] = push(frame.node, frame.count, adopted[frame.below], frame.fresh);
    }
    return adopted[stack];
  }
}
