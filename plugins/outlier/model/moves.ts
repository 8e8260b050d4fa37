/** How a value moves from one window to the next. */
export interface Moves {
  /** The last value, how often values differed from the one before, and by how much on average. */
  last: number;
  moves: number;
  move: number;
}

/** What the newest move weighs in their mean, and how many of the usual ones it counts for at most. */
const MOVE_SHARE = 0.05;
const MOVE_CLIP = 3;

/** A value that moves in steps, as the median of whole numbers does, is not known finer than they are. */
export function learnMove(moves: Moves, y: number): void {
  const move = Math.abs(y - moves.last);
  moves.last = y;
  if (move === 0) return;
  moves.moves++;
  const bounded = moves.moves > 5 ? Math.min(move, MOVE_CLIP * moves.move) : move;
  moves.move += Math.max(MOVE_SHARE, 1 / moves.moves) * (bounded - moves.move);
}
