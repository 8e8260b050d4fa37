import { z } from 'zod';
import { type Check, definePlugin, type Draft } from '../../core/plugin.ts';
import { OpenWindowEstimator } from './estimator.ts';
import { fleetDraft, stateDrafts, type StateMessage, stateMessages } from './states/drafts.ts';
import { fleetLoss } from './states/fleetLoss.ts';
import { ServerStates } from './states/serverStates.ts';

const options = z.strictObject({
  /** A server is complete when strictly more than this share of its events is there. */
  completeRatio: z.number().min(0).lt(1).default(0.999),
  /** Where servers send no packets: a server counts as silent only when chance would leave it without events this rarely. */
  silenceRarityMax: z.number().gt(0).lt(1).default(1e-8),
  /** A field is absent when it has a value about half as often as is usual, or less, and chance does that this rarely. */
  nullRarityMax: z.number().gt(0).lt(1).default(1e-8),
  /** The fleet has lost something when it is this share of its events at least, and chance does that this rarely. */
  fleetLostRatioMin: z.number().gt(0).lt(1).default(0.001),
  fleetLostRarityMax: z.number().gt(0).lt(1).default(1e-8),
  /** When more servers than this have the same trouble in a window, one finding speaks for all of them. */
  serversMax: z.int().min(1).max(10_000).default(20),
});
type Options = z.infer<typeof options>;

/** Tells, for every window, which servers' events are late, lost or there more than once, which servers are dead, and which have nothing to say or leave a field out. */
export const completeness = definePlugin<Options, StateMessage>({
  name: 'completeness',
  version: '1.1.0',
  description: 'Accounts for the events of every server in every window.',
  messages: stateMessages,
  options,
  create: (chosen) => new Completeness(chosen),
  estimator: (_, host) => new OpenWindowEstimator(host),
});

class Completeness implements Check<StateMessage> {
  readonly #options: Options;
  readonly #states: ServerStates;

  constructor(chosen: Options) {
    this.#options = chosen;
    this.#states = new ServerStates(chosen);
  }

  window(closed: Parameters<NonNullable<Check['window']>>[0]): readonly Draft<StateMessage>[] {
    const { fleetLostRatioMin: ratioMin, fleetLostRarityMax: rarityMax } = this.#options;
    const judged = this.#states.judge(closed);
    const loss = fleetLoss(judged, { ratioMin, rarityMax });
    return [...(loss === undefined ? [] : [fleetDraft(loss, judged)]), ...stateDrafts(judged, this.#options)];
  }

  snapshot(): ReturnType<NonNullable<Check['snapshot']>> {
    return [['', this.#states.snapshot()]];
  }

  restore(entries: Parameters<NonNullable<Check['restore']>>[0]): void {
    this.#states.restore(new Map(entries).get(''));
  }
}
