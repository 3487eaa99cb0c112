package dev.lanewise.math.matrix;

import java.util.Arrays;

/**
 * Which codes of a tile go where in another tile of the same layout, the same for every input. The
 * units are taken as 32-bit lanes that hold a few codes each: for each position of a code in the
 * lanes of the target, the source lane of each lane, and how far its code is shifted down. {@link
 * #LANES} lanes are described, units of several inputs, so that vectors of any width may use them.
 */
public final class CodeMoves {
  /** Lanes of 64 bytes. */
  public static final int LANES = 16;

  private static final int LANE_BYTES = 4;

  private final TileLayout layout;
  private final int bits;
  private final int unitLanes;
  private final int[] lanes;
  private final int[] shifts;
  private final int[] masks;
  private final boolean[] used;

  /**
   * No moves yet.
   *
   * @throws IllegalArgumentException if the layout is not {@link #handles handled}
   */
  public CodeMoves(TileLayout layout) {
    if (!handles(layout)) {
      throw new IllegalArgumentException(layout + " has no codes of 4 or 8 bits");
    }
    this.layout = layout;
    bits = layout.units() == Units.BYTES ? 8 : 4;
    unitLanes = layout.unitBytes() / LANE_BYTES;
    int positions = Integer.SIZE / bits;
    lanes = new int[positions * LANES];
    shifts = new int[lanes.length];
    masks = new int[lanes.length];
    used = new boolean[positions];
  }

  /** Whether the codes of a layout have 4 or 8 bits. */
  public static boolean handles(TileLayout layout) {
    return layout.units().fourBits() || layout.units() == Units.BYTES;
  }

  /** Forgets all moves. */
  public void clear() {
    Arrays.fill(masks, 0);
    Arrays.fill(used, false);
  }

  /** Adds the move of the codes of a row. */
  public void add(int fromRow, int toRow) {
    int from = bit(layout.slotOfRow(fromRow));
    int to = bit(layout.slotOfRow(toRow));
    int position = to % Integer.SIZE / bits;
    used[position] = true;
    for (int unit = 0; unit < LANES; unit += unitLanes) {
      int at = position * LANES + unit + to / Integer.SIZE;
      lanes[at] = unit + from / Integer.SIZE;
      shifts[at] = from % Integer.SIZE;
      masks[at] = (1 << bits) - 1 << up(position);
    }
  }

  /** The bit of a unit where the code of a slot begins. */
  private int bit(int slot) {
    int lane = slot % layout.shortLanes();
    int vector = slot / layout.shortLanes();
    int laneBits = layout.units() == Units.E2M1_BYTES ? 8 : 16;
    return lane * laneBits + vector * bits;
  }

  /** Codes in a lane. */
  public int positions() {
    return used.length;
  }

  /** Whether any code goes to a position. */
  public boolean used(int position) {
    return used[position];
  }

  /** How far codes at a position are shifted up. */
  public int up(int position) {
    return position * bits;
  }

  /** The source lane of each lane, {@code [position][LANES]}. */
  public int[] lanes() {
    return lanes;
  }

  /** How far each source lane is shifted down, before codes are shifted up. */
  public int[] shifts() {
    return shifts;
  }

  /** The bits of the target that are set; none in lanes to which nothing goes. */
  public int[] masks() {
    return masks;
  }

  /** Bytes of the units of a span. */
  public int spanUnitBytes() {
    return layout.spanUnitBytes();
  }

  /** Bytes from one span to the next. */
  public int spanBytes() {
    return layout.spanBytes();
  }
}
