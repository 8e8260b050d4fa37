import type { FieldModel } from './fieldModel.ts';
import { binomialRarity } from './rarity.ts';
import type { FieldReading } from './schema.ts';

/** How a field of one window differs from what is usual. */
export type Change =
  | {
      readonly kind: 'added' | 'removed' | 'null-rate';
      readonly rate: number;
      readonly usual: number;
      readonly rarity: number;
    }
  | {
      readonly kind: 'type';
      readonly type: string;
      readonly usualType: string;
      readonly rate: number;
      readonly usual: number;
      readonly rarity: number;
    }
  | {
      readonly kind: 'value';
      readonly value: string;
      readonly count: number;
      readonly usual: number;
      readonly rarity: number;
    };

/** From when on a change counts. */
export interface Thresholds {
  readonly rarityMax: number;
  readonly rateChangeMin: number;
  readonly valueCountMin: number;
}

/** Below this share of events a field counts as not there, above its complement as always there. */
const HARDLY = 0.01;

/** Compares one field of a window of `events` events with what is usual. */
export function changesOf(
  model: FieldModel,
  events: number,
  field: FieldReading | undefined,
  thresholds: Thresholds,
): Change[] {
  const presence = presenceChange(model, events, field, thresholds);
  if (presence !== undefined && presence.kind !== 'null-rate') return [presence];
  const others =
    field === undefined ? [] : [...typeChanges(model, field, thresholds), ...newValues(model, field, thresholds)];
  return presence === undefined ? others : [presence, ...others];
}

/** Whether an event has a value there: absent and null together. */
function presenceChange(
  model: FieldModel,
  events: number,
  field: FieldReading | undefined,
  { rarityMax, rateChangeMin }: Thresholds,
): Change | undefined {
  const nulls = field?.types.get('null') ?? 0;
  const present = field?.present ?? 0;
  const presentUsual = shareOf(model.present, model.events);
  const rarityOf = (count: number, learned: number): number =>
    binomialRarity(count, events, shareOf(learned, model.events));
  const presentRarity = rarityOf(present, model.present);
  if (presentRarity <= rarityMax && presentUsual < HARDLY && present / events > rateChangeMin)
    return { kind: 'added', rate: present / events, usual: presentUsual, rarity: presentRarity };
  if (presentRarity <= rarityMax && presentUsual > 0.5 && present / events < presentUsual / 2)
    return { kind: 'removed', rate: present / events, usual: presentUsual, rarity: presentRarity };
  const missing = events - present + nulls;
  const missingLearned = model.events - model.present + (model.types['null'] ?? 0);
  const usual = shareOf(missingLearned, model.events);
  const rarity = rarityOf(missing, missingLearned);
  if (rarity <= rarityMax && Math.abs(missing / events - usual) >= rateChangeMin)
    return { kind: 'null-rate', rate: missing / events, usual, rarity };
  return undefined;
}

function typeChanges(model: FieldModel, { types }: FieldReading, { rarityMax, rateChangeMin }: Thresholds): Change[] {
  const learned = Object.entries(model.types).filter(([type]) => type !== 'null');
  const learnedTotal = learned.reduce((sum, [, count]) => sum + count, 0);
  const usualType = learned.sort(([, a], [, b]) => b - a)[0]?.[0];
  if (usualType === undefined) return [];
  const total = [...types].reduce((sum, [type, count]) => (type === 'null' ? sum : sum + count), 0);
  return [...types].flatMap(([type, count]): Change[] => {
    const usual = shareOf(model.types[type] ?? 0, learnedTotal);
    const rarity = binomialRarity(count, total, usual);
    return type === 'null' || type === usualType || rarity > rarityMax || count / total - usual < rateChangeMin
      ? []
      : [{ kind: 'type', type, usualType, rate: count / total, usual, rarity }];
  });
}

/**
 * Values that were never seen. How probable an unseen value is, is estimated by how many were seen only once or twice (Good 1953): a field whose values are
 * ever new is no enumeration, and nothing is reported of it.
 */
function newValues(
  model: FieldModel,
  { values, present }: FieldReading,
  { rarityMax, valueCountMin }: Thresholds,
): Change[] {
  if (values === undefined || model.values === null) return [];
  const known = model.values;
  const knownCounts = Object.values(known);
  if (knownCounts.length === 0) return [];
  const total = knownCounts.reduce((sum, count) => sum + count, 0);
  const usual = (knownCounts.filter((count) => count <= 2).length + 1) / total;
  return [...values].flatMap(([value, count]): Change[] => {
    if (known[value] !== undefined || count < valueCountMin) return [];
    const rarity = binomialRarity(count, present, usual);
    return rarity > rarityMax || count / present <= usual ? [] : [{ kind: 'value', value, count, usual, rarity }];
  });
}

/** A share with room for what was not seen yet: never 0, never 1. */
const shareOf = (count: number, total: number): number => (Math.max(0, count) + 1) / (total + 2);
