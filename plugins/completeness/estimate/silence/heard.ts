/** Whether a silent server's packets keep coming; unknown of one that sends none. */
export type Pulse = 'beating' | 'none' | 'unknown';
export const PULSES: readonly Pulse[] = ['beating', 'none', 'unknown'];

/** What was heard of one server. */
export interface Heard {
  readonly region: string;
  /** When its last cell arrived, and the begin of the newest that did. */
  lastMinute: number;
  newestMinute: number;
  /** When its newest packet came; undefined of one that sends none. */
  beatMinute: number | undefined;
  /** The longest that a packet stayed away when it was looked at since the last cell arrived, in minutes; undefined when it was not. */
  beatlessMinutes: number | undefined;
  /** Of the gap that is open: whether packets kept coming when it was last looked at, and how many fell silent together with it, as far as was ever seen. */
  pulse: Pulse | undefined;
  together: number;
  isGivenUp: boolean;
}

/** What is known of a server with its first cell, which begins at `minute`. */
export const firstHeard = (region: string, minute: number, arrivedMinute: number): Heard => ({
  region,
  lastMinute: arrivedMinute,
  newestMinute: minute,
  beatMinute: undefined,
  beatlessMinutes: undefined,
  pulse: undefined,
  together: 1,
  isGivenUp: false,
});

/** What was heard of a server as it stands in a snapshot. */
export type KeptHeard = readonly [
  server: string,
  region: string,
  lastMinute: number,
  newestMinute: number,
  beatMinute: number | null,
  pulse: Pulse | null,
  together: number,
  isGivenUp: boolean,
  beatlessMinutes: number | null,
];

/** A server whose last packet is at most so many minutes old lives: packets come once a minute, whatever a cell is. */
const BEAT_MINUTES = 2;

export const pulseAt = (beatMinute: number | undefined, nowMinute: number): Pulse =>
  beatMinute === undefined ? 'unknown' : nowMinute - beatMinute <= BEAT_MINUTES ? 'beating' : 'none';

export const keptHeard = (server: string, heard: Heard): KeptHeard => {
  const { region, lastMinute, newestMinute, beatMinute, pulse, together, isGivenUp, beatlessMinutes } = heard;
  const [beat, beatless] = [beatMinute ?? null, beatlessMinutes ?? null];
  return [server, region, lastMinute, newestMinute, beat, pulse ?? null, together, isGivenUp, beatless];
};

export const restoredHeard = (kept: KeptHeard): [server: string, heard: Heard] => {
  const [server, region, lastMinute, newestMinute, beat, pulseOf, together, isGivenUp, beatless] = kept;
  const [beatMinute, pulse, beatlessMinutes] = [beat ?? undefined, pulseOf ?? undefined, beatless ?? undefined];
  return [server, { region, lastMinute, newestMinute, beatMinute, beatlessMinutes, pulse, together, isGivenUp }];
};
