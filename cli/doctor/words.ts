/** A duration as people say it. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 2 * 3_600_000) return `${String(Math.round(ms / 60_000))} min`;
  if (ms < 2 * 86_400_000) return `${String(Math.round(ms / 3_600_000))} h`;
  return `${String(Math.round(ms / 86_400_000))} days`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** A size as people say it. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1_000 ** power;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[power] ?? ''}`;
}

/** `1 member`, `2 members`. */
export const counted = (count: number, thing: string, things = `${thing}s`): string =>
  `${String(count)} ${count === 1 ? thing : things}`;

/** The first few of a list, and how many more there are. */
export const firstOf = (texts: readonly string[], count = 5): string =>
  `${texts.slice(0, count).join(', ')}${texts.length > count ? ` and ${String(texts.length - count)} more` : ''}`;
