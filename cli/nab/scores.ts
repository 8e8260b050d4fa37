import type { CheckHost, ClosedWindow, NamedMetric } from '../../core/plugin.ts';
import { outlier, Outlier } from '../../plugins/outlier/plugin.ts';
import type { Row } from './rows.ts';

const METRIC: NamedMetric = { name: 'value', metric: { kind: 'value', aggregate: 'value' }, where: {} };
const HOST: CheckHost = { stream: 'nab', streamKind: 'packets', windowMs: 60_000, metrics: [METRIC], random: () => 0 };
/** -log10 of the p-value that has the score 1/2. */
const HALF = 8;

/** How anomalous each row is, in [0, 1]: what the plugin says when it is shown one window a row, in the order of the rows. */
export function scoresOf(rows: readonly Row[]): number[] {
  const check = new Outlier(outlier.options.parse({}), HOST);
  return rows.map(({ timeMs, value }) => {
    if (!Number.isFinite(timeMs) || !Number.isFinite(value)) return 0;
    check.window(windowOf(timeMs, value));
    const onset = check.strangenessOf('', METRIC.name)?.onset ?? 0;
    return onset / (onset + HALF);
  });
}

/** One value as the window that the host would show. */
export const windowOf = (startMs: number, value: number): ClosedWindow => ({
  stream: HOST.stream,
  startMs,
  endMs: startMs + HOST.windowMs,
  revision: 0,
  state: 'complete',
  series: [{ series: '', labels: {}, events: 100, readings: new Map(), metrics: new Map([[METRIC.name, { value }]]) }],
  extra: [],
  servers: [],
});
