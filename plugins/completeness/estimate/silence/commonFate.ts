/** A server that has been silent for some minutes, and the begin of the newest cell that came from it. */
export interface SilentServer {
  readonly server: string;
  readonly region: string;
  readonly minutes: number;
  readonly newestMinute: number;
}

/** Servers that fell silent together and so are taken to be late together or dead together; one by itself when nobody did with it. */
export interface Fate {
  readonly members: readonly SilentServer[];
  /** The region of all of them; '' when they are of several. */
  readonly region: string;
  /** How long the longest of them is silent. */
  readonly minutes: number;
}

/** Fewer than this that fell silent in the same minutes did so by chance; in a large fleet a hundredth of it. */
const TOGETHER_MIN = 3;
const TOGETHER_SHARE = 0.01;

// Half a cell more, since begins of cells that are no whole minutes are not exact.
const apartMaxOf = (cellMinutes: number): number => Math.max(1, cellMinutes) + cellMinutes / 2;

/** Whether a server whose first missing cell begins at `onsetMinute` fell silent with those of a fate, whose first has that newest cell. */
const isSameOnset = (newestMinute: number, onsetMinute: number, cellMinutes: number): boolean => {
  const apart = onsetMinute - cellMinutes - newestMinute;
  return apart > -cellMinutes / 2 && apart <= apartMaxOf(cellMinutes);
};

/** Of several that fell silent together, those with whom a server did whose first missing cell begins at `onsetMinute`. */
export const fellSilentAt = (
  fates: readonly Fate[],
  onsetMinute: number,
  cellMinutes: number,
): readonly SilentServer[] =>
  fates
    .filter(({ members }) => members.length > 1)
    .filter(({ members }) => isSameOnset(members[0]?.newestMinute ?? NaN, onsetMinute, cellMinutes))
    .flatMap(({ members }) => members);

/** Groups silent servers by when they fell silent: those whose newest cells are at most a minute, or one cell when that is longer, apart from the first of the group. */
export function fatesOf(silent: readonly SilentServer[], fleetSize: number, cellMinutes = 1): readonly Fate[] {
  const apartMax = apartMaxOf(cellMinutes);
  const sorted = [...silent].sort(
    (a, b) => a.newestMinute - b.newestMinute || (a.server < b.server ? -1 : Number(a.server > b.server)),
  );
  const groups: SilentServer[][] = [];
  for (const server of sorted) {
    const group = groups.at(-1);
    if (group !== undefined && server.newestMinute - (group[0]?.newestMinute ?? 0) <= apartMax) group.push(server);
    else groups.push([server]);
  }
  const togetherMin = Math.max(TOGETHER_MIN, TOGETHER_SHARE * fleetSize);
  return groups.flatMap((group) => (group.length >= togetherMin ? [fateOf(group)] : group.map((one) => fateOf([one]))));
}

const fateOf = (members: readonly SilentServer[]): Fate => {
  const region = members[0]?.region ?? '';
  return {
    members,
    region: members.every((member) => member.region === region) ? region : '',
    minutes: Math.max(...members.map(({ minutes }) => minutes)),
  };
};
