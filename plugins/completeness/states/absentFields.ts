import { absenceAfter, absenceEvidence } from './absence.ts';
import type { FoundState, ServerFacts } from './serverState.ts';

/**
 * Fields of metrics that have a value half as often as is usual, or less, and that by no chance. What is usual is the server's own past, or as long as it is new the fleet's.
 * Of a server with few events the windows before count, too; the window itself must speak for it.
 */
export function absentFields({ arrival, past, peers }: ServerFacts, rarityMax: number): FoundState[] {
  const { received: events, fields } = arrival;
  if (events <= 0) return [];
  return fields.flatMap(({ field, present }): FoundState[] => {
    const usual = past.fields[field] ?? peers.fields.get(field);
    if (usual === undefined) return [];
    const count = { events, present, usual };
    const isPast = absenceAfter(past.absence[field] ?? 0, count) > -Math.log(rarityMax);
    if (!isPast || absenceEvidence(count) <= 0) return [];
    const why = `${field} has a value in ${percent(present / events)} % of its events; ${percent(usual)} % are usual`;
    return [{ state: 'null', events: events - present, field, why }];
  });
}

const percent = (share: number): string => String(Math.round(10_000 * share) / 100);
