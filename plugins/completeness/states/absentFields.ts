import { binomialRarity } from '../../schema-watch/rarity.ts';
import type { FoundState, ServerFacts } from './serverState.ts';

/** A share that was always 0 or 1 so far is not certain to stay so. */
const SHARE_MIN = 1e-3;

/** Share of the server's events in which a field has a value (0..1), and what is usual: of the server, or as long as it is new of the fleet. */
export interface FieldShare {
  readonly field: string;
  readonly share: number;
  readonly usual: number;
  readonly absent: number;
}

/** The fields of metrics, as far as it is known what is usual. */
export const fieldShares = ({ arrival, past, peers }: Pick<ServerFacts, 'arrival' | 'past' | 'peers'>): FieldShare[] =>
  arrival.received <= 0
    ? []
    : arrival.fields.flatMap(({ field, present }) => {
        const usual = past.fields[field] ?? peers.fields.get(field);
        return usual === undefined
          ? []
          : [{ field, share: present / arrival.received, usual, absent: arrival.received - present }];
      });

/** Fields that have a value in at most half as many events as is usual, and that by no chance (a bound of the binomial tail, `binomialRarity`). */
export function absentFields(facts: ServerFacts, rarityMax: number): FoundState[] {
  const { received } = facts.arrival;
  return fieldShares(facts).flatMap(({ field, share, usual, absent }): FoundState[] => {
    const chance = Math.min(1 - SHARE_MIN, Math.max(SHARE_MIN, usual));
    if (share > usual / 2 || binomialRarity(share * received, received, chance) > rarityMax) return [];
    const why = `${field} has a value in ${percent(share)} % of its events; ${percent(usual)} % are usual`;
    return [{ state: 'null', events: absent, field, why }];
  });
}

const percent = (share: number): string => String(Math.round(10_000 * share) / 100);
