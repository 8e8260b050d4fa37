import type { DelayLaw } from './delayLaw.ts';
import type { Heard, Pulse } from './heard.ts';
import type { OnsetRates } from './onsetRates.ts';

/** What a server's arrivals and packets say of a silence that may just have begun, supposing that its packets stay away too, keep coming, or were never sent. */
export interface Sign {
  /** Begin of the first cell that is missing if the server is silent so, in minutes since 1970; Infinity when nothing is missing, -Infinity when it is never silent so. */
  readonly onsetMinute: number;
  /** How much likelier what is here and what is not is of a server that fell silent so than of one that did not. At least 0. */
  readonly odds: number;
  /** Probability that a server falls silent so by itself in one cell. */
  readonly alone: number;
}

export type Signs = Readonly<Record<Pulse, Sign>>;

/** What signs are read by: the delays of cells by server, how long packets of servers that live stay away (of all as one, ''), and how often silences begin. */
export interface SignLaws {
  readonly delays: DelayLaw;
  readonly beats: DelayLaw;
  readonly onsets: OnsetRates;
  readonly cellMinutes: number;
}

/** Of a server that is never silent so. */
const NEVER: Sign = { onsetMinute: -Infinity, odds: 0, alone: 0 };
/** Begins of cells that are no whole minutes are not exact. */
const NEAR = 1e-6;

/** The signs of a server at an instant. One that is missing for long already by its own custom has great odds; before its cell has ended none are missing. */
export function signsOf(server: string, heard: Heard, nowMinute: number, laws: SignLaws): Signs {
  const { newestMinute, beatMinute, beatlessMinutes } = heard;
  const { cellMinutes } = laws;
  const next = newestMinute + cellMinutes;
  const lasting = laws.delays.lasting(server, nowMinute - next - cellMinutes);
  const sign = (pulse: Pulse, onsetMinute: number, odds: number): Sign => ({
    onsetMinute: onsetMinute + cellMinutes <= nowMinute + NEAR ? onsetMinute : Infinity,
    odds,
    alone: Math.min(0.5, cellMinutes * laws.onsets.alone(pulse)),
  });
  if (beatMinute === undefined) return { beating: NEVER, none: NEVER, unknown: sign('unknown', next, 1 / lasting) };
  // A packet that came after a cell's end shows that the server lived until then: if its packets stay away, too, the cell is only late.
  const lived = Math.max(0, Math.floor((beatMinute - next) / cellMinutes + NEAR));
  const beatless = laws.beats.lasting('', beatlessMinutes ?? 0);
  return {
    beating: sign('beating', next, 1 / lasting),
    none: sign('none', next + lived * cellMinutes, 1 / (beatless * (lived > 0 ? 1 : lasting))),
    unknown: NEVER,
  };
}
