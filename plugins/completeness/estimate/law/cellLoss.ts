/** What is assumed before anything is known: half a cell lost of a thousand. */
const [ASSUMED_LOST, ASSUMED_CELLS] = [0.5, 1_000];
/** Cells after which the past is halved. */
const REMEMBERED_CELLS = 1_000_000;

/** Lost cells as they stand in a snapshot. */
export type KeptCellLoss = readonly [cells: number, skipped: number, filled: number];

export const NO_CELL_LOSS: KeptCellLoss = [0, 0, 0];

/** How often single cells are lost whole of servers that go on as if nothing were. Three numbers, whatever comes. */
export class CellLoss {
  #sums: KeptCellLoss = NO_CELL_LOSS;

  /** A cell came, and so many before it were passed over; or it fills one that was passed over before. */
  came({ skipped, isFilling }: { readonly skipped: number; readonly isFilling: boolean }): void {
    const [cells, over, filled] = this.#sums;
    const kept = cells > REMEMBERED_CELLS ? 0.5 : 1;
    this.#sums = [kept * (cells + 1 + skipped), kept * (over + skipped), kept * (filled + Number(isFilling))];
  }

  /** Probability in (0, 1) that a cell is lost that is not here, of a server that lives; `lasting`: probability in (0, 1] that one that is not lost takes so long. */
  probability(lasting: number): number {
    const [cells, skipped, filled] = this.#sums;
    const lost = (Math.max(0, skipped - filled) + ASSUMED_LOST) / (cells + ASSUMED_CELLS);
    return lost / (lost + (1 - lost) * lasting);
  }

  snapshot(): KeptCellLoss {
    return this.#sums;
  }

  restore(kept: KeptCellLoss): void {
    this.#sums = kept;
  }
}
