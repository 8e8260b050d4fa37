/** Type of a declared field; decides its column in a batch and in ClickHouse. */
export type FieldType = 'category' | 'text' | 'integer' | 'number' | 'boolean' | 'time';

/** What the core needs to know of a stream to decode its events; made from the config. */
export interface StreamSchema {
  readonly name: string;
  /** `events`: one JSON object a line is one event. `packets`: one line is a packet of counters and gauges (DESIGN: packet). */
  readonly kind: 'events' | 'packets';
  readonly timeField: string;
  readonly serverField: string;
  /** Field that counts up by one within a `boot` of a server; lets holes and repeats be seen. */
  readonly sequenceField: string | undefined;
  readonly fields: readonly { readonly name: string; readonly type: FieldType }[];
  readonly lineBytesMax: number;
}
