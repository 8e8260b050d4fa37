import type { KnownWindow } from '../knownWindow.ts';
import type { Silences } from '../silence/silences.ts';

/** Cells after which the past is halved. */
const REMEMBERED_CELLS = 100_000;

/** What is lost of announced events, as it stands in a snapshot. */
export type KeptLoss = readonly [cells: number, announced: number, lost: number, lostSquares: number];

/**
 * How many of the events that servers say they had never come, learned from settled windows: the share that is lost, and how unevenly. Only of cells that a server has passed, so that
 * late ones are not taken for lost. Four numbers, whatever comes.
 */
export class AnnouncedLoss {
  #sums: KeptLoss = [0, 0, 0, 0];

  learn(known: KnownWindow, silences: Silences): void {
    let [cells, announced, lost, squares] = this.#sums;
    for (const { server, counts, announced: said } of known.servers) {
      for (const [at, events] of said?.entries() ?? []) {
        if (events === undefined || !(events > 0) || !silences.isPassed(server, known.startMinute, at)) continue;
        const missing = Math.max(0, events - (counts[at] ?? 0));
        // A cell of which nothing came is lost whole, which is another law.
        if (missing === events) continue;
        [cells, announced, lost, squares] = [cells + 1, announced + events, lost + missing, squares + missing ** 2];
      }
    }
    const kept = cells > REMEMBERED_CELLS ? 0.5 : 1;
    this.#sums = [kept * cells, kept * announced, kept * lost, kept * squares];
  }

  /** Share of the announced events that never come. */
  get share(): number {
    const [, announced, lost] = this.#sums;
    return announced > 0 ? lost / announced : 0;
  }

  /** Variance of the lost events per event announced, of cells of that size: as if one whole cell more had been lost, so that nothing learned is not nothing lost. */
  dispersion(cellEvents: number): number {
    const [, announced, , squares] = this.#sums;
    return cellEvents > 0 ? (squares + cellEvents ** 2) / (announced + cellEvents) : 0;
  }

  snapshot(): KeptLoss {
    return this.#sums;
  }

  restore(kept: KeptLoss): void {
    this.#sums = kept;
  }
}
