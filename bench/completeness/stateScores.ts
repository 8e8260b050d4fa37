import type { ServerState } from '../../plugins/completeness/states/serverState.ts';

export const STATES: readonly ServerState[] = ['late', 'dead', 'lost', 'duplicated', 'zero', 'null'];

/** Hits, false alarms and misses of each state. */
export class StateScores {
  readonly #counts = new Map(STATES.map((state) => [state, { hits: 0, falsely: 0, missed: 0 }]));

  add(truth: ReadonlySet<ServerState>, said: ReadonlySet<ServerState>): void {
    for (const [state, counts] of this.#counts) {
      if (said.has(state) && truth.has(state)) counts.hits++;
      else if (said.has(state)) counts.falsely++;
      else if (truth.has(state)) counts.missed++;
    }
  }

  /** F1: the harmonic mean of precision and recall; undefined when the state neither was nor was said. */
  of(state: ServerState): { readonly f1: number; readonly precision: number; readonly recall: number } {
    const { hits, falsely, missed } = this.#counts.get(state) ?? { hits: 0, falsely: 0, missed: 0 };
    return {
      f1: (2 * hits) / (2 * hits + falsely + missed),
      precision: hits / (hits + falsely),
      recall: hits / (hits + missed),
    };
  }
}
