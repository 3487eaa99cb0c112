package dev.lanewise.engine.transformer;

import dev.lanewise.math.kernel.KvLayout;
import java.util.Arrays;

/**
 * How the attention of some columns is divided: into tiles of neighbouring columns of one sequence
 * whose positions lie in the same block of its cache, and the tiles into segments of the positions
 * they attend to.
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

  private final int kvHeads;
  private final int group;
  private final int members;
  private final int mostRows;
  private final int[] firstColumns;
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
  AttentionPlan(int mostColumns, int kvHeads, int group, int members, int mostRows) {
    this.kvHeads = kvHeads;
    this.group = group;
    this.members = members;
    this.mostRows = mostRows;
    firstColumns = new int[mostColumns + 1];
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
    mostSegments = 0;
    int columnsOfTile = columnsOfTile();
    for (int c = 0; c < columns.count; c++) {
      mostSegments = Math.max(mostSegments, columns.positions[c] / SEGMENT + 1);
      boolean continues =
          c > 0
              && c - firstColumns[tiles - 1] < columnsOfTile
              && columns.caches[c] == columns.caches[c - 1]
              && columns.positions[c] / KvLayout.POSITIONS
                  == columns.positions[c - 1] / KvLayout.POSITIONS;
      if (!continues) {
        firstColumns[tiles++] = c;
      }
    }
    firstColumns[tiles] = columns.count;
    // Splitting costs memory traffic, little for a single column beside that of its positions.
    boolean singles = tiles == columns.count;
    boolean few = tiles * kvHeads < PIECES_OF_MEMBER * members;
    split = (singles || few) && (long) columns.count * mostSegments <= mostRows;
    pieces = 0;
    // The last tiles first: of a prompt they have the most positions, and the members shall end
    // together.
    for (int tile = tiles - 1; tile >= 0; tile--) {
      int segments = split ? segments(columns, tile) : 1;
      for (int segment = 0; segment < segments; segment++) {
        addPiece(tile, split ? segment : ALL);
      }
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

  /** Segments that a tile attends to. */
  int segments(Columns columns, int tile) {
    return columns.positions[firstColumns[tile]] / SEGMENT + 1;
  }

  int pieceTile(int piece) {
    return pieceTiles[piece];
  }

  /** The first segment of a piece. */
  int firstSegment(int piece) {
    return pieceSegments[piece] == ALL ? 0 : pieceSegments[piece];
  }

  /** Past the last segment of a piece. */
  int endSegment(Columns columns, int piece) {
    return pieceSegments[piece] == ALL
        ? segments(columns, pieceTiles[piece])
        : pieceSegments[piece] + 1;
  }
}
