import type { Forecaster, Json } from '../../../core/plugin.ts';
import { Calendar } from '../course/calendar.ts';
import type { CalendarOptions } from '../course/calendarOptions.ts';
import { MetricJudge } from '../metricJudge.ts';
import { Forecasts } from './forecasts.ts';
import { NOTHING_EXPECTED } from './forecast.ts';
import { Slabs } from '../kept/slabs.ts';

const keyOf = (series: string): string => `series ${series}`;

/** Forecasts out of what the plugin's check keeps: the entry of the series, and that of all series together, which has the laws of errors. */
export const snapshotForecaster: Forecaster<Json> = {
  keys: (series) => ['', keyOf(series)],
  forecast(entries, ask) {
    const kept = entries.get(keyOf(ask.series)) as { readonly metrics?: Readonly<Record<string, Json>> } | undefined;
    if (kept?.metrics === undefined) return undefined;
    const judge = Object.hasOwn(kept.metrics, ask.metric) ? kept.metrics[ask.metric] : undefined;
    if (judge === undefined) return NOTHING_EXPECTED;
    const whole = entries.get('') as { readonly laws?: Json; readonly calendar?: CalendarOptions } | undefined;
    const { metric, windowMs } = ask;
    const forecasts = new Forecasts({
      stream: '',
      windowMs,
      limits: [],
      metrics: [namedOnly(metric)],
      calendar: new Calendar(whole?.calendar),
    });
    forecasts.restore(whole?.laws);
    return forecasts.forecast(MetricJudge.restored(judge, new Slabs()), ask);
  },
};

/** What a metric is made of does not matter to what is kept of it. */
const namedOnly = (name: string) => ({ name, metric: { kind: 'value', aggregate: name } as const, where: {} });
