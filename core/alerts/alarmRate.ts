/** A month, as rates are told: 30 days. */
export const MONTH_MS = 30 * 86_400_000;

/** How many series were watched, and for how long. */
export interface Watched {
  readonly series: number;
  readonly spanMs: number;
}

/** Alarms per series and month over all that was watched; undefined where nothing was. */
export function perSeriesAndMonth(alarms: number, watched: readonly Watched[]): number | undefined {
  const seriesMonths = watched.reduce((sum, { series, spanMs }) => sum + series * spanMs, 0) / MONTH_MS;
  return seriesMonths > 0 ? alarms / seriesMonths : undefined;
}

/** The series with the most alarms, the worst first; of as many each, by name. */
export function noisiest(
  alarms: readonly { readonly stream: string; readonly series: string }[],
  limit: number,
): readonly { readonly stream: string; readonly series: string; readonly alarms: number }[] {
  const counted = new Map<string, { stream: string; series: string; alarms: number }>();
  for (const { stream, series } of alarms) {
    const key = `${stream}\u0000${series}`;
    const known = counted.get(key);
    if (known === undefined) counted.set(key, { stream, series, alarms: 1 });
    else known.alarms++;
  }
  return [...counted.entries()]
    .sort(([keyA, a], [keyB, b]) => b.alarms - a.alarms || (keyA < keyB ? -1 : 1))
    .slice(0, limit)
    .map(([, line]) => line);
}
