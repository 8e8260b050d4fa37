import { Conformal } from './conformal.ts';
import type { Estimate } from './estimateWindow.ts';
import type { KnownWindow } from './knownWindow.ts';
import { zOf } from './normalMixture.ts';
import { Silences } from './silences.ts';
import { Traffic } from './traffic.ts';

/** All that estimates of one stream's windows lean on; learned from what came before, never from what comes later. */
export class History {
  readonly traffic = new Traffic();
  readonly conformal = new Conformal();
  readonly silences: Silences;

  /** `latenessMinutes`: how late events may be; then their window is sealed. */
  constructor(latenessMinutes: number) {
    this.silences = new Silences(latenessMinutes);
  }

  /** A window's arrivals have settled, though it may not be sealed: what is whole in it tells shares and levels. Once per window, in order of time. */
  settled(known: KnownWindow): void {
    this.traffic.learn(known);
  }

  /** A window is sealed: how far off were the estimates that were made of it? */
  sealed(known: KnownWindow, estimates: readonly Estimate[]): void {
    let [truth, holes] = [0, 0];
    for (const { counts, whole } of known.servers) {
      for (const count of counts) truth += count;
      for (const isWhole of whole) if (!isWhole) holes++;
    }
    this.silences.leftEmpty(holes);
    for (const { law, standing, bounds, basis } of estimates)
      if (basis === 'peers' || basis === 'forecast') this.conformal.learn(standing, zOf(law, truth), bounds);
  }

  /** Forgets all servers but the roster's. */
  keepOnly(servers: ReadonlySet<string>): void {
    this.traffic.keepOnly(servers);
    this.silences.keepOnly(servers);
  }
}
