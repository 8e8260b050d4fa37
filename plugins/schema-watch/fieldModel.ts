import { bare } from './bare.ts';
import type { FieldReading } from './schema.ts';

/** Weight that older windows keep when a new one is learned: after 60 windows a third is left. */
const KEEP = 1 - 1 / 60;

/** What is usual for one field: sums over past windows, older ones weighing less. */
export interface FieldModel {
  /** Events seen while the field was being learned, whether they had it or not. */
  events: number;
  present: number;
  /** By JSON type, null included. */
  types: Record<string, number>;
  /** Values of an enumeration, with their counts; null once there were too many. */
  values: Record<string, number> | null;
  /** Windows in a row in which a change was reported; what changes is not learned. */
  disputed: number;
}

/** A field of which nothing is known but that `events` events went by without it. */
export const absentField = (events: number): FieldModel => ({
  events,
  present: 0,
  types: bare(),
  values: bare(),
  disputed: 0,
});

/** A model that came out of a snapshot. */
export const restoredField = (model: FieldModel): FieldModel => ({
  ...model,
  types: bare(model.types),
  values: model.values === null ? null : bare(model.values),
});

/** Adds a window to what is usual. `field` is undefined where no event had it. */
export function learnField(model: FieldModel, events: number, field: FieldReading | undefined): void {
  model.events = model.events * KEEP + events;
  model.present = model.present * KEEP + (field?.present ?? 0);
  for (const type in model.types) model.types[type] = (model.types[type] ?? 0) * KEEP;
  for (const [type, count] of field?.types ?? []) model.types[type] = (model.types[type] ?? 0) + count;
  if (field === undefined || model.values === null) return;
  if (field.values === undefined) model.values = field.present === 0 ? model.values : null;
  else for (const [value, count] of field.values) model.values[value] = (model.values[value] ?? 0) + count;
  if (model.values !== null && Object.keys(model.values).length > 2 * 32) model.values = null;
}

/** Forgets what was usual, but no value that was ever seen: from now on it is as it is in this window. */
export function relearnField(model: FieldModel, events: number, field: FieldReading | undefined): void {
  const { values } = model;
  Object.assign(model, absentField(0), { values });
  learnField(model, events, field);
}
