import { GapLaw, type GapPlace, type KeptGaps } from './gapLaw.ts';
import type { Pulse } from './heard.ts';

/** From this share of the fleet on, those who fell silent together are many. */
const MANY_SHARE = 0.02;

/** A kind of silence: whether packets keep coming, and how many of how large a fleet fell silent together. */
export interface GapKind {
  readonly pulse: Pulse;
  readonly together: number;
  readonly fleetSize: number;
}

/** How gaps end, by their kind: nine laws, since servers fall silent alone, with a few others or with a good part of the fleet. */
export class GapLaws {
  readonly #laws: Readonly<Record<Pulse, { alone: GapLaw; few: GapLaw; many: GapLaw }>> = {
    beating: { alone: new GapLaw(), few: new GapLaw(), many: new GapLaw() },
    none: { alone: new GapLaw(), few: new GapLaw(), many: new GapLaw() },
    unknown: { alone: new GapLaw(), few: new GapLaw(), many: new GapLaw() },
  };

  of({ pulse, together, fleetSize }: GapKind): GapLaw {
    const { alone, few, many } = this.#laws[pulse];
    if (together === 1) return alone;
    return together < MANY_SHARE * fleetSize ? few : many;
  }

  /** As {@link GapLaw.lateProbability}: of many by their own law, which leans on that of single servers while it knows little. */
  lateProbability(place: GapPlace, minutes: number, kind: GapKind): number {
    const alone = this.#laws[kind.pulse].alone.lateProbability(place, minutes);
    return kind.together === 1 ? alone : this.of(kind).lateProbability(place, minutes, alone);
  }

  all(): readonly GapLaw[] {
    return Object.values(this.#laws).flatMap(({ alone, few, many }) => [alone, few, many]);
  }

  snapshot(): readonly KeptGaps[] {
    return this.all().map((law) => law.snapshot());
  }

  restore(laws: readonly KeptGaps[]): void {
    for (const [at, law] of this.all().entries()) law.restore(laws[at] ?? [[[], [], []], [], []]);
  }
}
