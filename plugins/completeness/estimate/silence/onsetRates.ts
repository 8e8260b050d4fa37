import { type Pulse, PULSES } from './heard.ts';

/** What is assumed of a rate before anything is known: half an onset in a day of exposure. */
const [ASSUMED_ONSETS, ASSUMED_MINUTES] = [0.5, 1_440];
/** After so many minutes the past is halved, so that the newer weighs more. */
const REMEMBERED_MINUTES = 60 * 1_440;

/** Onsets as they stand in a snapshot; both rows by pulse. */
export type KeptOnsets = readonly [
  minutes: number,
  serverMinutes: number,
  alone: readonly number[],
  common: readonly number[],
];

export const NO_ONSETS: KeptOnsets = [0, 0, [0, 0, 0], [0, 0, 0]];

/** How often silences begin, by whether packets keep coming: of single servers, and of several together. Learned from silences that ended. Eight numbers, whatever comes. */
export class OnsetRates {
  #minutes = 0;
  #serverMinutes = 0;
  #alone = PULSES.map(() => 0);
  #common = PULSES.map(() => 0);

  /** So many servers were watched for so many minutes. */
  passed(minutes: number, servers: number): void {
    this.#minutes += minutes;
    this.#serverMinutes += minutes * servers;
    if (this.#minutes <= REMEMBERED_MINUTES) return;
    const halved = (values: readonly number[]): number[] => values.map((value) => value / 2);
    [this.#minutes, this.#serverMinutes] = [this.#minutes / 2, this.#serverMinutes / 2];
    [this.#alone, this.#common] = [halved(this.#alone), halved(this.#common)];
  }

  /** A server's silence ended that it began with so many others and itself: each has its part of their onset. */
  ended(pulse: Pulse, together: number): void {
    const row = together === 1 ? this.#alone : this.#common;
    const at = PULSES.indexOf(pulse);
    row[at] = (row[at] ?? 0) + 1 / together;
  }

  /** Silences of a server by itself that begin in one minute of it, above 0. */
  alone(pulse: Pulse): number {
    return ((this.#alone[PULSES.indexOf(pulse)] ?? 0) + ASSUMED_ONSETS) / (this.#serverMinutes + ASSUMED_MINUTES);
  }

  /** Silences of several servers together that begin in one minute, above 0. */
  common(pulse: Pulse): number {
    return ((this.#common[PULSES.indexOf(pulse)] ?? 0) + ASSUMED_ONSETS) / (this.#minutes + ASSUMED_MINUTES);
  }

  snapshot(): KeptOnsets {
    return [this.#minutes, this.#serverMinutes, [...this.#alone], [...this.#common]];
  }

  restore([minutes, serverMinutes, alone, common]: KeptOnsets): void {
    [this.#minutes, this.#serverMinutes] = [minutes, serverMinutes];
    [this.#alone, this.#common] = [[...alone], [...common]];
  }
}
