import { z } from 'zod';
import { type Check, definePlugin, type Draft, type Json, rows } from '../../core/plugin.ts';
import { type Change, changesOf } from './changes.ts';
import { bare } from './bare.ts';
import { absentField, type FieldModel, learnField, relearnField, restoredField } from './fieldModel.ts';
import { RefusedTypes } from './refusedTypes.ts';
import { type FieldReading, schemaAggregator, type SchemaReading } from './schema.ts';

const options = z.strictObject({
  /** Field whose values are watched apart from each other, and compared with the rest of the fleet while they are new. */
  by: z.string().default('build'),
  /** Windows, and events, that are learned before anything is reported. */
  learnWindows: z.int().min(1).max(10_000).default(15),
  learnEvents: z.int().min(1).max(1e9).default(500),
  /** Report what chance does this rarely at most. */
  rarityMax: z.number().gt(0).lt(1).default(1e-9),
  /** Report rates that differ by this at least. */
  rateChangeMin: z.number().gt(0).lt(1).default(0.03),
  /** Report a new value when it came this often in a window at least. */
  valueCountMin: z.int().min(1).max(1e6).default(3),
  /** A change that lasts is reported for so many windows; then it is what is usual. */
  acceptWindows: z.int().min(1).max(10_000).default(60),
  /** Events of a wrong type in a row of batches of the same window before it is reported. */
  refusedMin: z.int().min(1).max(1e6).default(3),
});
type Options = z.infer<typeof options>;
type MessageId = 'field-added' | 'field-removed' | 'type-changed' | 'null-rate-changed' | 'new-enum-value';

/** Learns the schema that events really have, and tells when it changes. */
export const schemaWatch = definePlugin<Options, MessageId>({
  name: 'schema-watch',
  version: '1.0.0',
  description: 'Notices fields that come, go, change their type, are null more often, or take new values.',
  messages: {
    'field-added': '{field} is new in {series}: {percent} % of the events have it.',
    'field-removed': '{field} is gone from {series}: {percent} % of the events have it, {usualPercent} % had it.',
    'type-changed': '{field} of {series} is {type} in {percent} % of the events; it was {usualType}.',
    'null-rate-changed':
      '{field} of {series} is missing or null in {percent} % of the events; {usualPercent} % are usual.',
    'new-enum-value': '{field} of {series} has the new value {value}, {count} times.',
  },
  options,
  judges: ['events'],
  aggregates: ({ by }) => ({ schema: rows(schemaAggregator, [by]) }),
  create: (chosen) => new SchemaWatch(chosen),
});

const READING = 'schema-watch.schema';

/** Name under which all values of `by` are watched together. */
const ALL = '*';
/** A value of `by` that was not seen for so long is forgotten. */
const REMEMBERED_MS = 7 * 86_400_000;

/** What is known of one value of `by`, or of all of them. */
interface Watched {
  /** Start of the last window it had events in, epoch ms. */
  lastMs: number;
  windows: number;
  events: number;
  fields: Record<string, FieldModel>;
}

class SchemaWatch implements Check<MessageId> {
  readonly #options: Options;
  readonly #refused: RefusedTypes;
  #watched = new Map<string, Watched>();

  constructor(chosen: Options) {
    this.#options = chosen;
    this.#refused = new RefusedTypes(chosen.refusedMin);
  }

  process(batch: Parameters<NonNullable<Check['process']>>[0]): readonly Draft<MessageId>[] {
    return this.#refused.look(batch).map(({ field, type, expected, count, countHere, total }): Draft<MessageId> => ({
      message: 'type-changed',
      data: { field, type, usualType: expected, percent: percent(countHere / total), refused: count },
      severity: 'warning',
      series: '',
      labels: { field },
    }));
  }

  window({ series, extra, startMs }: Parameters<NonNullable<Check['window']>>[0]): readonly Draft<MessageId>[] {
    const drafts: Draft<MessageId>[] = [];
    for (const { series: text, readings, events } of [...extra, ...series]) {
      const reading = readings.get(READING) as SchemaReading | undefined;
      if (reading === undefined || events === 0) continue;
      drafts.push(...this.#judge(text, reading));
      this.#of(text).lastMs = startMs;
    }
    for (const [name, { lastMs }] of this.#watched)
      if (name !== ALL && lastMs < startMs - REMEMBERED_MS) this.#watched.delete(name);
    return drafts;
  }

  *snapshot(): Iterable<readonly [string, Json]> {
    for (const [name, watched] of this.#watched) yield [name, watched as unknown as Json];
  }

  restore(entries: Iterable<readonly [string, Json]>): void {
    this.#watched = new Map([...entries].map(([name, state]) => [name, restoredWatched(state as unknown as Watched)]));
  }

  #judge(series: string, reading: SchemaReading): Draft<MessageId>[] {
    const own = this.#of(series);
    const all = this.#of(ALL);
    const usual = this.#isLearned(own) ? own : all;
    const drafts = this.#isLearned(usual) ? this.#compare(series, usual, reading) : [];
    const changed = new Set(drafts.map(({ labels }) => labels['field'] ?? ''));
    this.#learn(own, reading, changed);
    this.#learn(all, reading, changed);
    return drafts;
  }

  #compare(series: string, { fields, events }: Watched, reading: SchemaReading): Draft<MessageId>[] {
    const names = [...new Set([...Object.keys(fields), ...reading.fields.keys()])].sort();
    return names.flatMap((name) => {
      const field = reading.fields.get(name);
      // A new value of the field by which events are watched apart is a new series, no drift of this one.
      return changesOf(fields[name] ?? absentField(events), reading.events, field, this.#options)
        .filter(({ kind }) => kind !== 'value' || name !== this.#options.by)
        .map((change) => draftOf(series, name, change));
    });
  }

  #learn(watched: Watched, { events, fields }: SchemaReading, changed: ReadonlySet<string>): void {
    for (const name of new Set([...Object.keys(watched.fields), ...fields.keys()])) {
      const field: FieldReading | undefined = fields.get(name);
      const model = (watched.fields[name] ??= absentField(watched.events));
      if (!changed.has(name)) {
        model.disputed = 0;
        learnField(model, events, field);
      } else if (++model.disputed >= this.#options.acceptWindows) relearnField(model, events, field);
    }
    watched.windows++;
    watched.events += events;
  }

  #of(name: string): Watched {
    let watched = this.#watched.get(name);
    if (watched === undefined)
      this.#watched.set(name, (watched = { lastMs: 0, windows: 0, events: 0, fields: bare() }));
    return watched;
  }

  #isLearned({ windows, events }: Watched): boolean {
    return windows >= this.#options.learnWindows && events >= this.#options.learnEvents;
  }
}

const restoredWatched = (watched: Watched): Watched => ({
  ...watched,
  fields: bare(Object.fromEntries(Object.entries(watched.fields).map(([name, of]) => [name, restoredField(of)]))),
});

function draftOf(series: string, field: string, change: Change): Draft<MessageId> {
  const about = { severity: 'warning' as const, series, rarity: change.rarity };
  if (change.kind === 'value')
    return {
      ...about,
      message: 'new-enum-value',
      labels: { field, value: change.value },
      data: { field, value: change.value, count: change.count },
      observed: change.count,
      evidence: [{ column: field, is: '=', value: change.value }],
    };
  const labels = { field };
  const data = { field, percent: percent(change.rate), usualPercent: percent(change.usual) };
  const rates = { observed: change.rate, expected: { low: change.usual, center: change.usual, high: change.usual } };
  switch (change.kind) {
    case 'added':
      return { ...about, ...rates, message: 'field-added', labels, data };
    case 'removed':
      return { ...about, ...rates, message: 'field-removed', labels, data, evidence: [{ column: field, is: 'null' }] };
    case 'null-rate':
      return {
        ...about,
        ...rates,
        message: 'null-rate-changed',
        labels,
        data,
        evidence: [{ column: field, is: change.rate > change.usual ? 'null' : 'not null' }],
      };
    case 'type':
      return {
        ...about,
        ...rates,
        message: 'type-changed',
        labels,
        data: { ...data, type: change.type, usualType: change.usualType },
      };
  }
}

const percent = (share: number): number => Math.round(share * 10_000) / 100;
