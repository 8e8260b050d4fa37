import { z } from 'zod';

/** Name of a field, an aggregate or a metric. */
export const name = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/, 'a name starts with a lower-case letter and has letters, digits and _ only');

/** What is kept of a field in each cell (`core/sketch`). */
export const aggregateConfig = z.union(
  [
    z.strictObject({ sum: name }),
    z.strictObject({ min: name }),
    z.strictObject({ max: name }),
    z.strictObject({ quantiles: name }),
    /** Quantiles with a certain rank error of bits / 1024; values from `from` in steps of `unit`, 2^bits of them. */
    z.strictObject({
      qDigest: name,
      unit: z.number().gt(0),
      from: z.number().default(0),
      bits: z.int().min(1).max(32).default(32),
    }),
    /** Number of distinct texts. */
    z.strictObject({ distinct: name }),
    /** The k most frequent texts. */
    z.strictObject({ topK: name, k: z.int().min(1).max(64).default(10) }),
  ],
  { error: 'name a field under sum, min, max, quantiles, qDigest (with a unit), distinct or topK' },
);

/** A number that is judged, made of aggregates. */
export const metricConfig = z.union([
  z.strictObject({ value: name }),
  z.strictObject({ ratio: z.tuple([name, name]) }),
  z.strictObject({ quantile: z.tuple([name, z.number().gt(0).lt(1)]) }),
]);

/** One declared aggregate after parsing. */
export type AggregateConfig = z.infer<typeof aggregateConfig>;
/** One declared metric after parsing. */
export type MetricConfig = z.infer<typeof metricConfig>;

/** Something wrong with a stream, and where. */
export interface StreamProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** A stream, as far as its aggregates are concerned. */
interface Declared {
  readonly fields: Readonly<Record<string, string>>;
  readonly aggregates: Readonly<Record<string, AggregateConfig>>;
  readonly metrics: Readonly<Record<string, MetricConfig>>;
}

/** Aggregates of fields that are not there, or of another type. */
export function aggregateProblems({ fields, aggregates }: Declared): StreamProblem[] {
  return Object.entries(aggregates).flatMap(([key, declared]) => {
    const path = ['aggregates', key];
    const { field, types } = inputOf(declared);
    const problems: StreamProblem[] = [];
    if (key === 'events') problems.push({ path, message: 'events is counted always; name it otherwise' });
    if (!types.includes(fields[field] ?? ''))
      problems.push({
        path,
        message: `declare fields.${field} as ${types.slice(0, -1).join(', ')} or ${String(types.at(-1))}`,
      });
    return problems;
  });
}

/** Metrics of aggregates that are not there, or give something else. */
export function metricProblems({ aggregates, metrics }: Declared): StreamProblem[] {
  const given = new Map(Object.entries(aggregates).map(([key, declared]) => [key, readingOf(declared)]));
  given.set('events', 'a number');
  return Object.entries(metrics).flatMap(([key, declared]) => {
    const path = ['metrics', key];
    const wanted = 'quantile' in declared ? 'quantiles' : 'a number';
    return namesIn(declared).flatMap((aggregate) => {
      const reading = given.get(aggregate);
      if (reading === undefined) {
        const known = ['events', ...Object.keys(aggregates)].join(', ');
        return [{ path, message: `${aggregate} is not among the aggregates (${known})` }];
      }
      if (reading === wanted || reading === 'anything') return [];
      return [{ path, message: `${aggregate} gives ${reading}, and ${key} takes ${wanted}` }];
    });
  });
}

const NUMBERS = ['integer', 'number', 'boolean'];
const TEXTS = ['category', 'text'];

/** The field of an aggregate, and the types that it may have. */
function inputOf(declared: AggregateConfig): { readonly field: string; readonly types: readonly string[] } {
  if ('sum' in declared) return { field: declared.sum, types: NUMBERS };
  if ('min' in declared) return { field: declared.min, types: NUMBERS };
  if ('max' in declared) return { field: declared.max, types: NUMBERS };
  if ('quantiles' in declared) return { field: declared.quantiles, types: NUMBERS };
  if ('qDigest' in declared) return { field: declared.qDigest, types: NUMBERS };
  if ('distinct' in declared) return { field: declared.distinct, types: TEXTS };
  return { field: declared.topK, types: TEXTS };
}

/** What a metric finds in an aggregate. Of the older kinds it may ask for anything, as ever: what they do not give has no value. */
function readingOf(declared: AggregateConfig): 'a number' | 'quantiles' | 'texts' | 'anything' {
  if ('qDigest' in declared) return 'quantiles';
  if ('distinct' in declared) return 'a number';
  return 'topK' in declared ? 'texts' : 'anything';
}

const namesIn = (declared: MetricConfig): string[] =>
  'ratio' in declared ? declared.ratio : 'quantile' in declared ? [declared.quantile[0]] : [declared.value];
