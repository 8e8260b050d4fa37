import type { Draft } from '../findings/draft.ts';
import { fillIn } from '../findings/sign.ts';
import { seriesName } from '../windows/series.ts';

/** What the host asks of a draft beyond its type. Throws RangeError naming the plugin, the message and what is wrong; gives the filled-in text. */
export function checkedText(
  plugin: { readonly name: string; readonly messages: Readonly<Record<string, string>> },
  stream: string,
  draft: Draft,
): string {
  const refuse = (what: string): never => {
    throw new RangeError(`${plugin.name}, ${draft.message}: ${what}`);
  };
  const template = Object.hasOwn(plugin.messages, draft.message) ? plugin.messages[draft.message] : undefined;
  if (template === undefined) return refuse('declare the message');
  const { low, center, high } = draft.expected ?? { low: 0, center: 0, high: 0 };
  const numbers = { ...draft.data, observed: draft.observed, rarity: draft.rarity, low, center, high };
  for (const [name, value] of Object.entries(numbers))
    if (typeof value === 'number' && !Number.isFinite(value))
      refuse(`give finite numbers; ${name} is ${String(value)}`);
  if (low > center || center > high) refuse(`give the band in order; it is ${[low, center, high].join(' ')}`);
  if (draft.rarity !== undefined && (draft.rarity <= 0 || draft.rarity > 1))
    refuse(`give a rarity above 0, at most 1; it is ${String(draft.rarity)}`);
  for (const [label, value] of Object.entries(draft.labels))
    if (typeof value !== 'string') refuse(`give labels as text; ${label} is ${typeof value}`);
  const values = { series: seriesName(stream, draft.series), ...draft.labels, ...draft.data };
  for (const [, placeholder = ''] of template.matchAll(/\{(\w+)\}/g))
    if (!Object.hasOwn(values, placeholder)) refuse(`fill {${placeholder}} by data`);
  return fillIn(template, values);
}
