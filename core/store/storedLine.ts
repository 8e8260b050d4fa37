import { shapeOfText, type ValueType } from '../events/shape.ts';
import type { FieldType, StreamSchema } from '../events/stream.ts';

/** An event as its table has it, by column. */
export type StoredEvent = Readonly<Record<string, unknown>> & { readonly shape: string; readonly timeMs: number };

/** Writes one member of a line. */
type MemberWriter = (event: StoredEvent) => string;

/** Shapes are few; should somebody make up ever new ones, they are forgotten. */
const SHAPES_MAX = 10_000;

/** Puts stored events of a stream back into the lines they came as: a line has the members that its shape names, in their order and with their types. */
export class LineWriter {
  readonly #schema: StreamSchema;
  readonly #types: ReadonlyMap<string, FieldType>;
  readonly #shapes = new Map<string, readonly MemberWriter[]>();

  constructor(schema: StreamSchema) {
    this.#schema = schema;
    this.#types = new Map(schema.fields.map(({ name, type }) => [name, type]));
  }

  lineOf(event: StoredEvent): string {
    let line = '';
    for (const write of this.#membersOf(event.shape)) line += `${line === '' ? '{' : ','}${write(event)}`;
    return line === '' ? '{}' : `${line}}`;
  }

  #membersOf(shape: string): readonly MemberWriter[] {
    let members = this.#shapes.get(shape);
    if (members === undefined) {
      if (this.#shapes.size >= SHAPES_MAX) this.#shapes.clear();
      this.#shapes.set(shape, (members = shapeOfText(shape).members.map((member) => this.#memberWriter(member))));
    }
    return members;
  }

  #memberWriter({ name, type }: { readonly name: string; readonly type: ValueType }): MemberWriter {
    const key = `${JSON.stringify(name)}:`;
    if (type === 'null') return () => `${key}null`;
    if (name === this.#schema.timeField) return ({ timeMs }) => key + timeText(timeMs, type);
    const declared = this.#types.get(name);
    if (declared !== undefined) return (event) => key + valueText(event[name], declared, type);
    return ({ rest }) => key + JSON.stringify((rest as StoredEvent | undefined)?.[name] ?? emptyOf(type));
  }
}

const timeText = (ms: number, type: ValueType): string =>
  type === 'string' ? JSON.stringify(new Date(ms).toISOString()) : String(ms);

/** Times come as ClickHouse writes them; everything else as JSON has it, and what JSON.stringify would make of it otherwise. */
function valueText(value: unknown, declared: FieldType, type: ValueType): string {
  if (declared === 'time') return timeText(Date.parse(`${String(value).replace(' ', 'T')}Z`), type);
  if (declared === 'integer' && !Number.isSafeInteger(value)) return BigInt(value as number).toString();
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

/** The JSON column keeps no empty objects and arrays. */
const emptyOf = (type: ValueType): unknown => (type === 'array' ? [] : type === 'object' ? {} : null);
