import { seededRandom } from '../../../../core/findings/random.ts';
import { ArrivedCells, type ArrivedEvents } from '../../../../plugins/completeness/estimate/arrivedCells.ts';
import { estimateWindow } from '../../../../plugins/completeness/estimate/estimateWindow.ts';
import { History } from '../../../../plugins/completeness/estimate/history.ts';

export const MINUTES = 5;

/** A roster of so many servers in three regions. */
export const rosterOf = (servers: number): readonly (readonly [string, string])[] =>
  Array.from({ length: servers }, (_, at) => [`s${at}`, `r${at % 3}`] as const);

/** What a fleet sends in a window: about 100 events a minute and server. */
export function eventsOf(servers: number, startMinute: number): ArrivedEvents[] {
  const random = seededRandom(`${servers} ${startMinute}`);
  return rosterOf(servers).flatMap(([server]) =>
    Array.from({ length: MINUTES }, (_, at) => ({
      server,
      minute: startMinute + at,
      count: 80 + Math.floor(40 * random()),
      isWhole: true,
    })),
  );
}

/** A history of so many windows in which everything arrived half a minute after its time; it ends at the begin of the next window. */
export function pastOf(servers: number, windows: number): History {
  const history = new History(60);
  const roster = rosterOf(servers);
  const regions = new Map(roster);
  for (let window = 0; window < windows; window++) {
    const startMinute = window * MINUTES;
    const cells = new ArrivedCells(startMinute, MINUTES, roster);
    const events = eventsOf(servers, startMinute).sort((a, b) => a.minute - b.minute);
    for (const event of events) {
      cells.add(event);
      const place = { server: event.server, region: regions.get(event.server) ?? '' };
      history.silences.arrived(place, event.minute, event.minute + 1.5);
    }
    history.silences.advance(startMinute + MINUTES);
    const known = cells.known(startMinute + MINUTES + 1);
    const estimates = [estimateWindow(known, history)];
    history.settled(known);
    history.sealed({ events: events.reduce((sum, { count }) => sum + count, 0), empty: 0 }, estimates);
  }
  return history;
}
