import type { EventBatch } from '../events/batch.ts';
import type { Draft } from '../findings/draft.ts';
import { seededRandom } from '../findings/random.ts';
import type { Check, Plugin } from '../plugin.ts';
import type { ClosedWindow } from '../windows/closedWindow.ts';
import type { NamedMetric } from '../windows/plan.ts';
import { checkedText } from './checkedDraft.ts';

/** A draft that the host would take, with where it was said and its text. */
export interface Said extends Draft {
  /** Place of the window among those shown, from 0. */
  readonly at: number;
  readonly text: string;
}

/** What a check is told of its stream, where it matters; the rest follows from the windows. */
export interface Told {
  readonly stream?: string;
  readonly streamKind?: 'events' | 'packets';
  readonly windowMs?: number;
  readonly metrics?: readonly NamedMetric[];
}

/** A check that was made as the host makes it: options parsed, randomness seeded by window, drafts looked at. */
export interface HostedCheck {
  readonly check: Check;
  readonly window: (closed: ClosedWindow, at?: number) => readonly Said[];
  readonly process: (batch: EventBatch, at?: number) => readonly Said[];
}

/** Makes a plugin's check as the host does. Throws where the host would refuse the options. */
export function hostedCheck<Options, MessageId extends string>(
  plugin: Plugin<Options, MessageId>,
  options: unknown,
  told: Told = {},
): HostedCheck {
  const { stream = 'requests', streamKind = 'events', windowMs = 60_000, metrics = [] } = told;
  let random = seededRandom('');
  const host = { stream, streamKind, windowMs, metrics, random: () => random() };
  const check: Check = plugin.create(plugin.options.parse(options), host);
  const look = (at: number, drafts: readonly Draft[]): readonly Said[] =>
    drafts.map((draft) => ({ ...draft, at, text: checkedText(plugin, stream, draft) }));
  const seed = (startMs: number): void => void (random = seededRandom(`${plugin.name}|${stream}|${String(startMs)}`));
  return {
    check,
    window(closed, at = 0) {
      seed(closed.startMs);
      return look(at, check.window?.(closed) ?? []);
    },
    process(batch, at = 0) {
      seed(Math.floor((batch.timesMs[0] ?? 0) / windowMs) * windowMs);
      return look(at, check.process?.(batch) ?? []);
    },
  };
}

/** Shows windows to a fresh check, one after another, and gives all that it said. Throws where the host would quarantine the plugin. */
export function judgeWindows<Options, MessageId extends string>(
  plugin: Plugin<Options, MessageId>,
  options: unknown,
  shown: readonly ClosedWindow[],
  told?: Told,
): readonly Said[] {
  const hosted = hostedCheck(plugin, options, toldBy(shown, told));
  return shown.flatMap((closed, at) => hosted.window(closed, at));
}

/** What windows tell of their stream: its name and size, and its metrics, ratios where there are parts. */
export function toldBy(shown: readonly ClosedWindow[], told: Told = {}): Told {
  const [first] = shown;
  if (first === undefined) return told;
  const metrics = new Map<string, NamedMetric>();
  for (const { series } of shown)
    for (const { metrics: values } of series)
      for (const [name, { denominator }] of values)
        if (denominator !== undefined || !metrics.has(name))
          metrics.set(name, metricOf(name, denominator !== undefined));
  return { stream: first.stream, windowMs: first.endMs - first.startMs, metrics: [...metrics.values()], ...told };
}

const metricOf = (name: string, isRatio: boolean): NamedMetric => ({
  name,
  metric: isRatio
    ? { kind: 'ratio', numerator: `${name}Part`, denominator: 'events' }
    : { kind: 'value', aggregate: name },
  where: {},
});
