import type { Aggregator } from '../../core/sketch/aggregator.ts';
import type { CategoryColumn, EventBatch, EventRow, Shape, ValueType } from '../../core/plugin.ts';

/** Distinct values of a field up to which it is an enumeration. */
export const ENUM_MAX = 32;

const TYPES: readonly ValueType[] = ['string', 'number', 'boolean', 'null', 'object', 'array'];
const LETTERS = 'snb0oa';

/** Events of some form, and values of small enumerations, counted. */
export interface SchemaState {
  events: number;
  /** By form. */
  readonly shapes: Map<Shape, number>;
  /** By form as text: what came out of the store. */
  readonly texts: Map<string, number>;
  /** By field, by value. A field with more than ENUM_MAX values has none. */
  readonly enums: Map<string, Map<string, number> | undefined>;
  readonly ranges: Map<string, { least: number; greatest: number }>;
  /** Counts by id of the decoder's dictionary, until they are read. */
  readonly hot: Map<CategoryColumn['dictionary'], HotCounts>;
}

interface HotCounts {
  readonly field: string;
  counts: Uint32Array;
  /** Values counted; beyond ENUM_MAX it is no enumeration, and counting stops. */
  distinct: number;
}

/** What was seen of one field. */
export interface FieldReading {
  /** Events that have it, null included. */
  readonly present: number;
  /** By JSON type; null is one of them. */
  readonly types: ReadonlyMap<ValueType, number>;
  /** Values of an enumeration; undefined when it is none. */
  readonly values: ReadonlyMap<string, number> | undefined;
  readonly least: number | undefined;
  readonly greatest: number | undefined;
}

/** The observed schema: fields by name. */
export interface SchemaReading {
  readonly events: number;
  readonly fields: ReadonlyMap<string, FieldReading>;
}

/**
 * The observed schema of events: presence and types of every member, declared or not, least and greatest of declared numbers, and the values of
 * declared categories as long as they are few. Exact; merge adds. Memory: one count per form and value.
 * Encoding: JSON, sorted, so that it depends on the events alone and ClickHouse reads it with its JSON functions.
 */
export const schemaAggregator: Aggregator<EventRow, SchemaState, SchemaReading> & { readonly addRun: typeof addRun } = {
  kind: 'schema',
  empty: () => ({
    events: 0,
    shapes: new Map(),
    texts: new Map(),
    enums: new Map(),
    ranges: new Map(),
    hot: new Map(),
  }),
  add(state, { batch, row }) {
    addRun(state, batch, row, row + 1);
  },
  addRun,
  merge(into, other) {
    settle(into);
    settle(other);
    into.events += other.events;
    for (const [text, count] of other.texts) into.texts.set(text, (into.texts.get(text) ?? 0) + count);
    for (const [field, values] of other.enums) mergeValues(into, field, values);
    for (const [field, { least, greatest }] of other.ranges) {
      addRange(into, field, least);
      addRange(into, field, greatest);
    }
  },
  read(state) {
    settle(state);
    return readingOf(state);
  },
  encode(state) {
    settle(state);
    const sorted = <V>(entries: Iterable<[string, V]>): [string, V][] =>
      [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const enums = sorted(state.enums).map(([field, values]) => [field, values === undefined ? null : sorted(values)]);
    const ranges = sorted(state.ranges).map(([field, { least, greatest }]) => [field, least, greatest]);
    return new TextEncoder().encode(
      JSON.stringify({ events: state.events, shapes: sorted(state.texts), enums, ranges }),
    );
  },
  decode(bytes) {
    const { events, shapes, enums, ranges } = encodedOf(bytes);
    return {
      events,
      shapes: new Map(),
      texts: new Map(shapes),
      enums: new Map(enums.map(([field, values]) => [field, values === null ? undefined : new Map(values)])),
      ranges: new Map(ranges.map(([field, least, greatest]) => [field, { least, greatest }])),
      hot: new Map(),
    };
  },
};

interface Encoded {
  readonly events: number;
  readonly shapes: [string, number][];
  readonly enums: [string, [string, number][] | null][];
  readonly ranges: [string, number, number][];
}

function encodedOf(bytes: Uint8Array): Encoded {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Encoded;
  } catch (error) {
    throw new RangeError(`a schema state is JSON, got ${String(bytes.length)} other bytes`, { cause: error });
  }
}

/** Column by column: a column's numbers stand together in memory, and its counts are looked up once. */
function addRun(state: SchemaState, batch: EventBatch, from: number, to: number): void {
  state.events += to - from;
  countShapes(state.shapes, batch.shapes, from, to);
  for (const [field, column] of batch.columns) {
    if (column.kind === 'number') rangeOver(state, field, column.values.subarray(from, to));
    if (column.kind !== 'category') continue;
    const hot = hotCounts(state, field, column.dictionary);
    for (let row = from; row < to && hot.distinct <= ENUM_MAX; row++) {
      const id = column.ids[row] ?? 0;
      if (id !== 0) countValue(hot, id);
    }
  }
}

function rangeOver(state: SchemaState, field: string, values: Float64Array): void {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least > greatest) return;
  addRange(state, field, least);
  addRange(state, field, greatest);
}

/** Events of one form mostly follow one another. */
function countShapes(counts: Map<Shape, number>, shapes: readonly Shape[], from: number, to: number): void {
  for (let row = from; row < to;) {
    const shape = shapes[row];
    const first = row;
    while (row < to && shapes[row] === shape) row++;
    if (shape !== undefined) counts.set(shape, (counts.get(shape) ?? 0) + row - first);
  }
}

function hotCounts({ hot }: SchemaState, field: string, dictionary: CategoryColumn['dictionary']): HotCounts {
  let counts = hot.get(dictionary);
  if (counts === undefined) hot.set(dictionary, (counts = { field, counts: new Uint32Array(ENUM_MAX), distinct: 0 }));
  return counts;
}

function countValue(hot: HotCounts, id: number): void {
  if (id >= hot.counts.length) hot.counts = grown(hot.counts, id);
  if (hot.counts[id] === 0) hot.distinct++;
  hot.counts[id] = (hot.counts[id] ?? 0) + 1;
}

function grown(counts: Uint32Array, id: number): Uint32Array {
  const larger = new Uint32Array(2 * id + 1);
  larger.set(counts);
  return larger;
}

function addRange({ ranges }: SchemaState, field: string, value: number): void {
  if (value !== value) return;
  const range = ranges.get(field);
  if (range === undefined) ranges.set(field, { least: value, greatest: value });
  else if (value < range.least) range.least = value;
  else if (value > range.greatest) range.greatest = value;
}

/** Turns what is counted by object and id into what is counted by text. */
function settle(state: SchemaState): void {
  for (const [shape, count] of state.shapes) {
    const text = textOf(shape);
    state.texts.set(text, (state.texts.get(text) ?? 0) + count);
  }
  state.shapes.clear();
  for (const [dictionary, { field, counts, distinct }] of state.hot) {
    const values = new Map<string, number>();
    for (let id = 1; id < counts.length; id++)
      if ((counts[id] ?? 0) > 0) values.set(dictionary.text(id), counts[id] ?? 0);
    mergeValues(state, field, distinct > ENUM_MAX ? undefined : values);
  }
  state.hot.clear();
}

function mergeValues({ enums }: SchemaState, field: string, values: ReadonlyMap<string, number> | undefined): void {
  const known = enums.has(field) ? enums.get(field) : new Map<string, number>();
  if (known !== undefined && values !== undefined)
    for (const [value, count] of values) known.set(value, (known.get(value) ?? 0) + count);
  enums.set(field, known === undefined || values === undefined || known.size > ENUM_MAX ? undefined : known);
}

const texts = new WeakMap<Shape, string>();

/** A form as text: `name:type` by spaces, names percent-encoded, as the store keeps it with each event. */
function textOf(shape: Shape): string {
  let text = texts.get(shape);
  if (text === undefined) {
    text = shape.members
      .map(({ name, type }) => `${encodeURIComponent(name)}:${LETTERS[TYPES.indexOf(type)] ?? ''}`)
      .join(' ');
    texts.set(shape, text);
  }
  return text;
}

function readingOf({ events, texts: forms, enums, ranges }: SchemaState): SchemaReading {
  const types = new Map<string, Map<ValueType, number>>();
  for (const [text, count] of forms)
    for (const member of text.split(' ')) {
      if (member === '') continue;
      const name = decodeURIComponent(member.slice(0, -2));
      const type = TYPES[LETTERS.indexOf(member.slice(-1))] ?? 'null';
      const ofField = types.get(name) ?? new Map<ValueType, number>();
      types.set(name, ofField.set(type, (ofField.get(type) ?? 0) + count));
    }
  const fields = [...types].map(([name, ofField]): [string, FieldReading] => [
    name,
    {
      present: [...ofField.values()].reduce((sum, count) => sum + count, 0),
      types: ofField,
      values: enums.get(name),
      least: ranges.get(name)?.least,
      greatest: ranges.get(name)?.greatest,
    },
  ]);
  return { events, fields: new Map(fields) };
}
