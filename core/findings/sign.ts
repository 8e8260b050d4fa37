import type { Window } from '../time/window.ts';
import { seriesName } from '../windows/series.ts';
import type { Draft } from './draft.ts';
import { evidenceSql, type EvidenceTable } from './evidence.ts';
import type { Finding } from './finding.ts';
import { fnv1a64 } from './fnv1a64.ts';

/** Who said it, of what. */
export interface Signer {
  readonly plugin: string;
  /** Message templates by id. */
  readonly messages: Readonly<Record<string, string>>;
  readonly table: EvidenceTable;
}

/** Makes a finding of a draft: gives it its identity, its text and its evidence. Throws RangeError on an undeclared message or a number that is none. */
export function sign(signer: Signer, window: Window & { readonly revision: number }, draft: Draft): Finding {
  const template = signer.messages[draft.message];
  if (template === undefined) throw new RangeError(`declare the message ${draft.message} in plugin ${signer.plugin}`);
  const { stream } = signer.table;
  const identity = [
    stream,
    signer.plugin,
    draft.message,
    draft.series,
    ...Object.entries(draft.labels).sort(byKey).flat(),
  ].join('\u0000');
  return {
    ...draft,
    id: fnv1a64(`${identity}\u0000${String(window.startMs)}`),
    fingerprint: fnv1a64(identity),
    plugin: signer.plugin,
    check: draft.message,
    stream,
    startMs: window.startMs,
    endMs: window.endMs,
    revision: window.revision,
    text: fillIn(template, {
      series: seriesName(stream, draft.series),
      ...draft.labels,
      ...finite(draft, signer.plugin),
    }),
    evidenceSql: evidenceSql(signer.table, window, draft),
  };
}

/** Puts values into a template's `{placeholders}`; one without a value stays as it is. */
export function fillIn(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    return value === undefined ? placeholder : typeof value === 'number' ? shortNumber(value) : value;
  });
}

/** Four significant digits, but integers whole. */
const shortNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));

function finite(draft: Draft, plugin: string): Draft['data'] {
  const numbers = [...Object.values(draft.data), draft.observed, draft.rarity, ...Object.values(draft.expected ?? {})];
  const bad = numbers.find((value) => typeof value === 'number' && !Number.isFinite(value));
  if (bad !== undefined)
    throw new RangeError(`give finite numbers in a draft; ${plugin} gave ${String(bad)} in ${draft.message}`);
  return draft.data;
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
