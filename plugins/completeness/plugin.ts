import { z } from 'zod';
import { type Check, definePlugin, type Draft } from '../../core/plugin.ts';
import { type Account, accountOf } from './account.ts';
import { OpenWindowEstimator } from './estimator.ts';
import { UsualTraffic } from './usualTraffic.ts';

const options = z.strictObject({
  /** A server is complete when strictly more than this share of its events is there. */
  completeRatio: z.number().min(0).lt(1).default(0.999),
  /** Where servers send no packets: a server counts as silent only when chance would leave it without events this rarely. */
  silenceRarityMax: z.number().gt(0).lt(1).default(1e-8),
  /** When more servers than this have the same trouble in a window, one finding speaks for all of them. */
  serversMax: z.int().min(1).max(10_000).default(20),
});
type Options = z.infer<typeof options>;
type MessageId = 'incomplete' | 'server-silent' | 'duplicated';

/** Tells, for every window, which servers' events are not all there, not there at all, or there more than once. */
export const completeness = definePlugin<Options, MessageId>({
  name: 'completeness',
  version: '1.0.0',
  description: 'Accounts for the events of every server in every window.',
  messages: {
    incomplete: '{received} of {expected} events of {who} are there ({percent} %), by {witness}.',
    'server-silent': '{who} sent nothing, no packet either; {usual} events a window are usual.',
    duplicated: '{repeated} events of {who} are there more than once.',
  },
  options,
  create: (chosen) => new Completeness(chosen),
  estimator: (_, host) => new OpenWindowEstimator(host),
});

class Completeness implements Check<MessageId> {
  readonly #options: Options;
  readonly #usual = new UsualTraffic();

  constructor(chosen: Options) {
    this.#options = chosen;
  }

  window({ servers }: Parameters<NonNullable<Check['window']>>[0]): readonly Draft<MessageId>[] {
    const silent: Draft<MessageId>[] = [];
    const incomplete: Draft<MessageId>[] = [];
    const duplicated: Draft<MessageId>[] = [];
    const packetsAreSent = servers.some(({ heartbeat }) => heartbeat);
    for (const arrival of servers) {
      const account = accountOf(arrival);
      const usual = this.#usual.of(arrival.server);
      if (arrival.received === 0 && !arrival.heartbeat && (account.expected ?? 0) === 0) {
        if (packetsAreSent || Math.exp(-usual) < this.#options.silenceRarityMax) silent.push(silence(account, usual));
      } else if (account.expected !== undefined && !this.#isComplete(account)) incomplete.push(shortage(account));
      if (account.repeated > 0) duplicated.push(repetition(account));
      this.#usual.learn(arrival.server, arrival.received);
    }
    this.#usual.keepOnly(servers.map(({ server }) => server));
    return [silent, incomplete, duplicated].flatMap((drafts) => this.#summed(drafts));
  }

  snapshot(): ReturnType<NonNullable<Check['snapshot']>> {
    return this.#usual.snapshot();
  }

  restore(entries: Parameters<NonNullable<Check['restore']>>[0]): void {
    this.#usual.restore(entries);
  }

  #isComplete({ received, expected }: Account): boolean {
    return expected === undefined || expected === 0 || received / expected > this.#options.completeRatio;
  }

  /** Each by itself, or all in one when they are many. */
  #summed(drafts: readonly Draft<MessageId>[]): readonly Draft<MessageId>[] {
    const [first] = drafts;
    if (first === undefined || drafts.length <= this.#options.serversMax) return drafts;
    const total = (key: string): number => drafts.reduce((sum, { data }) => sum + Number(data[key] ?? 0), 0);
    const data = Object.fromEntries(Object.keys(first.data).map((key) => [key, total(key)]));
    const named = drafts.slice(0, 3).map(({ labels }) => labels['server'] ?? '');
    return [
      {
        message: first.message,
        severity: 'critical',
        series: '',
        labels: {},
        data: {
          ...first.data,
          ...data,
          who: `${String(drafts.length)} servers (${named.join(', ')}, ...)`,
          ...('expected' in data ? { percent: percentOf(data['received'] ?? 0, data['expected'] ?? 0) } : {}),
          ...('witness' in first.data ? { witness: first.data['witness'] ?? '' } : {}),
        },
      },
    ];
  }
}

const silence = ({ server }: Account, usual: number): Draft<'server-silent'> => ({
  message: 'server-silent',
  data: { who: server, usual: Math.round(usual) },
  severity: 'warning',
  series: '',
  labels: { server },
  observed: 0,
});

const shortage = ({ server, received, expected = 0, witness }: Account): Draft<'incomplete'> => ({
  message: 'incomplete',
  data: { who: server, received, expected, percent: percentOf(received, expected), witness },
  severity: 'warning',
  series: '',
  labels: { server },
  observed: received,
  expected: { low: expected, center: expected, high: expected },
});

const repetition = ({ server, repeated, received }: Account): Draft<'duplicated'> => ({
  message: 'duplicated',
  data: { who: server, repeated },
  severity: 'warning',
  series: '',
  labels: { server },
  observed: received + repeated,
  expected: { low: received, center: received, high: received },
});

const percentOf = (received: number, expected: number): number => Math.floor((10_000 * received) / expected) / 100;
