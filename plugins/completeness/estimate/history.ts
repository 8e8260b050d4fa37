import { AnnouncedLoss, type KeptLoss } from './law/announcedLoss.ts';
import { Conformal, type KeptErrors } from './law/conformal.ts';
import type { Estimate } from './estimateWindow.ts';
import type { KnownWindow } from './knownWindow.ts';
import { zOf } from './law/normalMixture.ts';
import { type KeptSilences, Silences } from './silence/silences.ts';
import { type KeptTraffic, Traffic } from './level/traffic.ts';

/** What is learned of an estimate when the final value is known. */
export type Said = Pick<Estimate, 'law' | 'standing' | 'bounds' | 'basis'>;

/** A history as it stands in a snapshot: plain JSON. */
export interface KeptHistory {
  readonly traffic: KeptTraffic;
  readonly conformal: KeptErrors;
  readonly silences: KeptSilences;
  readonly loss: KeptLoss;
}

/** All that estimates of one stream's windows lean on; learned from what came before, never from what comes later. */
export class History {
  readonly traffic: Traffic;
  readonly conformal = new Conformal();
  readonly silences: Silences;
  readonly loss = new AnnouncedLoss();
  readonly cellMinutes: number;

  /** `latenessMinutes`: how late events may be; then their window is sealed. `cellMinutes`: how much time a cell of a window spans. */
  constructor(latenessMinutes: number, cellMinutes = 1) {
    this.cellMinutes = cellMinutes;
    this.traffic = new Traffic(cellMinutes);
    this.silences = new Silences(latenessMinutes, cellMinutes);
  }

  /** A window's arrivals have settled, though it may not be sealed: what is whole in it tells shares and levels, and what is lost. Once per window, in order of time. */
  settled(known: KnownWindow): void {
    this.traffic.learn(known);
    this.loss.learn(known, this.silences);
  }

  /** A window is sealed with so many events, and so many of its cells are empty for good: how far off were the estimates that were made of it? */
  sealed({ events, empty }: { events: number; empty: number }, said: readonly Said[]): void {
    this.silences.leftEmpty(empty);
    for (const { law, standing, bounds, basis } of said)
      if (isJudged(basis)) this.conformal.learn(standing, zOf(law, events), bounds);
  }

  /** Forgets all servers but the roster's. */
  keepOnly(servers: ReadonlySet<string>): void {
    this.traffic.keepOnly(servers);
    this.silences.keepOnly(servers);
  }

  snapshot(): KeptHistory {
    return {
      traffic: this.traffic.snapshot(),
      conformal: this.conformal.snapshot(),
      silences: this.silences.snapshot(),
      loss: this.loss.snapshot(),
    };
  }

  /** Takes the place of all that is known by what `snapshot` gave. */
  restore({ traffic, conformal, silences, loss }: KeptHistory): void {
    this.traffic.restore(traffic);
    this.conformal.restore(conformal);
    this.silences.restore(silences);
    this.loss.restore(loss);
  }
}

/** Whether an estimate tells something of how wide intervals must be: one that is exact or that knows nothing does not. */
export const isJudged = (basis: Estimate['basis']): boolean => basis === 'peers' || basis === 'forecast';
