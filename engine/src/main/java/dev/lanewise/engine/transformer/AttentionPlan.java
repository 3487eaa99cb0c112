package dev.lanewise.engine.transformer;

import dev.lanewise.math.kernel.KvLayout;
import java.util.Arrays;

/**
 * How the attention of some columns is divided: into tiles of neighbouring columns of one sequence,
 * whose positions lie in the same block of its cache if they do not attend to what follows, and the
 * tiles into segments of the positions they attend to.
 *
 * <p>The bounds of segments are fixed, and each is computed alone, so a result depends neither on
 * the division nor on who computes which part.
 */
final class AttentionPlan {
  /** Positions whose softmax is computed in one go: few enough that their keys stay in L2. */
  static final int SEGMENT = 256;

  /** Pieces for each member that are enough for the members to end together. */
  private static final int PIECES_OF_MEMBER = 4;

  /** Queries of a tile for one KV head, if a column has no more than that: their scores fit L2. */
  private static final int TILE_QUERIES = 64;

  /** Stands for all segments of a tile, computed by one member. */
  private static final int ALL = -1;

  private final Reach reach;
  private final int kvHeads;
  private final int group;
  private final int members;
  private final int mostRows;
  private final int[] firstColumns;

  /** Past the last position that a column of each tile attends to. */
  private final int[] ends;

  private int[] pieceTiles = new int[16];
  private int[] pieceSegments = new int[16];
  private int tiles;
  private int pieces;
  private boolean split;
  private int mostSegments;

  /**
   * A plan for up to {@code mostColumns} columns.
   *
   * @param group query heads for each of the {@code kvHeads}
   * @param mostRows segments of columns that may be kept for merging; where there are more, tiles
   *     are not split
   */
  AttentionPlan(Reach reach, int mostColumns, int kvHeads, int group, int members, int mostRows) {
    this.reach = reach;
    this.kvHeads = kvHeads;
    this.group = group;
    this.members = members;
    this.mostRows = mostRows;
    firstColumns = new int[mostColumns + 1];
    ends = new int[mostColumns];
  }

  /** Queries that a tile has for one KV head, at most. */
  int mostTileQueries() {
    return columnsOfTile() * group;
  }

  private int columnsOfTile() {
    return Math.min(KvLayout.POSITIONS, Math.max(1, TILE_QUERIES / group));
  }

  /** Divides the attention of these columns. */
  void make(Columns columns) {
    tiles = 0;
    int columnsOfTile = columnsOfTile();
    for (int c = 0; c < columns.count; c++) {
      boolean continues =
          c > 0 && c - firstColumns[tiles - 1] < columnsOfTile && attendAlike(columns, c - 1, c);
      if (!continues) {
        firstColumns[tiles++] = c;
      }
    }
    firstColumns[tiles] = columns.count;
    findEnds(columns);
    // Splitting costs memory traffic, little for a single column beside that of its positions.
    boolean singles = tiles == columns.count;
    boolean few = tiles * kvHeads < PIECES_OF_MEMBER * members;
    split = (singles || few) && (long) columns.count * mostSegments <= mostRows;
    pieces = 0;
    // The last tiles first: of a prompt they have the most positions, and the members shall end
    // together.
    for (int tile = tiles - 1; tile >= 0; tile--) {
      int segments = split ? segments(tile) : 1;
      for (int segment = 0; segment < segments; segment++) {
        addPiece(tile, split ? segment : ALL);
      }
    }
  }

  /** Whether two neighbouring columns may be in one tile. */
  private boolean attendAlike(Columns columns, int a, int b) {
    return columns.caches[a] == columns.caches[b]
        && (reach != Reach.CAUSAL
            || columns.positions[a] / KvLayout.POSITIONS
                == columns.positions[b] / KvLayout.POSITIONS);
  }

  private void findEnds(Columns columns) {
    mostSegments = 0;
    for (int tile = tiles - 1; tile >= 0; tile--) {
      int next = firstColumns[tile + 1];
      boolean goesOn =
          reach == Reach.BIDIRECTIONAL
              && next < columns.count
              && columns.caches[next] == columns.caches[next - 1];
      if (reach == Reach.ENCODED) {
        ends[tile] = columns.caches[next - 1].encoded().length();
      } else {
        ends[tile] = goesOn ? ends[tile + 1] : columns.positions[next - 1] + 1;
      }
      mostSegments = Math.max(mostSegments, segments(tile));
    }
  }

  private void addPiece(int tile, int segment) {
    if (pieces == pieceTiles.length) {
      pieceTiles = Arrays.copyOf(pieceTiles, 2 * pieces);
      pieceSegments = Arrays.copyOf(pieceSegments, 2 * pieces);
    }
    pieceTiles[pieces] = tile;
    pieceSegments[pieces] = segment;
    pieces++;
  }

  int tiles() {
    return tiles;
  }

  int pieces() {
    return pieces;
  }

  /** Whether each segment is a piece of its own. */
  boolean isSplit() {
    return split;
  }

  /** Segments of the longest column. */
  int mostSegments() {
    return mostSegments;
  }

  int firstColumn(int tile) {
    return firstColumns[tile];
  }

  int endColumn(int tile) {
    return firstColumns[tile + 1];
  }

  /** Past the last position that a column of a tile attends to. */
  int end(int tile) {
    return ends[tile];
  }

  /** Segments that a tile attends to. */
  int segments(int tile) {
    return (ends[tile] - 1) / SEGMENT + 1;
  }

  int pieceTile(int piece) {
    return pieceTiles[piece];
  }

  /** The first segment of a piece. */
  int firstSegment(int piece) {
    return pieceSegments[piece] == ALL ? 0 : pieceSegments[piece];
  }

  /** Past the last segment of a piece. */
  int endSegment(int piece) {
    return pieceSegments[piece] == ALL ? segments(pieceTiles[piece]) : pieceSegments[piece] + 1;
  }
}
