/** What is known of one server in one open window. */
export interface KnownServer {
  readonly server: string;
  /** '' where there are no regions. */
  readonly region: string;
  /** Events received so far, per cell of the window. */
  readonly counts: readonly number[];
  /** Per cell whether all of it is there, as far as one can know: the server is past it. */
  readonly whole: readonly boolean[];
  /** Per cell how many events the server says it had, from its packet; undefined without one. */
  readonly announced?: readonly (number | undefined)[];
}

/** What is known of one open window of one stream. It is cut into cells of equal time: of a minute, or of what the history is told that they are. Minutes are real ones and may have fractions. */
export interface KnownWindow {
  /** Begin of the window, in minutes since 1970. */
  readonly startMinute: number;
  /** How many cells the window has. */
  readonly minutes: number;
  /** When it is known, in minutes since 1970; not before the window's end. */
  readonly nowMinute: number;
  /** The roster, sorted by server: whoever is expected, silent ones too. */
  readonly servers: readonly KnownServer[];
}

/** Events that a server had in a cell, as far as one can know: what came when all is there, or else what it says; undefined when it says nothing. */
export function eventsIn({ counts, whole, announced }: KnownServer, at: number): number | undefined {
  const events = counts[at] ?? 0;
  if (whole[at] === true) return events;
  const said = announced?.[at];
  return said === undefined ? undefined : Math.max(said, events);
}
