import { COUNTRIES, DEVICES, EXCHANGES, FORMATS, PUBLISHERS } from './catalogue.ts';
import type { PlannedFault } from './faultPlan.ts';
import type { Server } from './roster.ts';

/** Where an event happened: indexes into the catalogue. */
export interface Place {
  exchange: number;
  country: number;
  device: number;
  publisher: number;
  format: number;
}

/** What faults of business do to one event: factors are 1 and frozen values undefined where nothing is wrong. */
export interface Disturbance {
  fillFactor: number;
  latencyFactor: number;
  priceFactor: number;
  frozen: Readonly<Partial<Record<FrozenField, number>>>;
}
type FrozenField = 'latencyMs' | 'priceMicros' | 'floorMicros';

/** What a frozen field always says. */
const FROZEN_VALUES = { latencyMs: 22, priceMicros: 1_200, floorMicros: 500 } as const;
const NOTHING_FROZEN: Disturbance['frozen'] = {};

interface Business {
  readonly fault: Extract<PlannedFault, { kind: 'fill-rate' | 'latency' | 'price-scale' | 'freeze' }>;
  readonly indexes: readonly (readonly [keyof Place, number])[];
}

/** The faults of business that hold for a server in a minute; `disturb` answers for one event. */
export class BusinessFaults {
  readonly #faults: readonly Business[];

  constructor(faults: readonly PlannedFault[], server: Server, build: string) {
    this.#faults = faults.flatMap((fault) => {
      if (!isBusiness(fault)) return [];
      const { region, build: onBuild, ...where } = fault.where;
      if ((region ?? server.region) !== server.region || (onBuild ?? build) !== build) return [];
      return [{ fault, indexes: Object.entries(where).map(([name, value = '']) => indexOf(name, value)) }];
    });
  }

  get none(): boolean {
    return this.#faults.length === 0;
  }

  /** Fills `into` for an event at `place`. */
  disturb(place: Place, into: Disturbance): void {
    into.fillFactor = into.latencyFactor = into.priceFactor = 1;
    into.frozen = NOTHING_FROZEN;
    for (const { fault, indexes } of this.#faults) {
      if (!indexes.every(([name, index]) => place[name] === index)) continue;
      if (fault.kind === 'fill-rate') into.fillFactor *= fault.size;
      else if (fault.kind === 'latency') into.latencyFactor *= fault.size;
      else if (fault.kind === 'price-scale') into.priceFactor *= fault.size;
      else into.frozen = { ...into.frozen, [fault.field]: FROZEN_VALUES[fault.field] };
    }
  }
}

const isBusiness = (fault: PlannedFault): fault is Business['fault'] =>
  fault.kind === 'fill-rate' || fault.kind === 'latency' || fault.kind === 'price-scale' || fault.kind === 'freeze';

const VALUES: Readonly<Record<keyof Place, readonly string[]>> = {
  exchange: EXCHANGES,
  country: COUNTRIES,
  device: DEVICES,
  publisher: PUBLISHERS,
  format: FORMATS,
};

/** Throws RangeError when the catalogue has no such value: a fault that never strikes would be a lie in the ledger. */
function indexOf(name: string, value: string): readonly [keyof Place, number] {
  const values = VALUES[name as keyof Place];
  const index = values.indexOf(value);
  if (index < 0) throw new RangeError(`where.${name} must be among ${values.join(', ')}; got ${value}`);
  return [name as keyof Place, index];
}
