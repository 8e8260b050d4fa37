import { z } from 'zod';
import type { Forecast, ForecastAsk } from '../../core/findings/forecast.ts';
import { labelsOf, namedSeries, seriesName } from '../../core/windows/series.ts';
import type { Api } from '../app.ts';
import { forecast, forecastQuery } from '../forecastContract.ts';
import { metricNames, usualMetric } from '../metricNames.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';

/** Points of one forecast at most; longer ones tell fewer windows. */
const POINTS_MAX = 2_880;
const HOUR_MS = 3_600_000;

/** What series are expected to be: a plugin's own arithmetic on what it keeps in the store. */
export function forecastRoutes(app: Api, parts: ApiParts): void {
  app.get(
    '/v1/series/:id/forecast',
    {
      schema: {
        summary:
          'What a metric of a series is expected to be, with intervals; id is the URL-encoded name of the series',
        params: z.object({ id: z.string() }),
        querystring: forecastQuery,
        response: { 200: forecast },
      },
    },
    async ({ params, query }) => {
      const { stream, series } = namedSeries(params.id);
      const declared = parts.config.streams[stream];
      if (declared === undefined)
        throw new ApiError(404, `there is no stream ${stream}; name a series as /v1/series does`);
      const metric = query.metric ?? usualMetric(declared, labelsOf(series));
      if (!metricNames(declared).includes(metric))
        throw new ApiError(404, `${stream} has no metric ${metric}; it has ${metricNames(declared).join(', ')}`);
      const { windowMs } = declared;
      const windows = Math.ceil((query.hours * HOUR_MS) / windowMs);
      const step = Math.ceil(windows / POINTS_MAX);
      const ask = { series, metric, windowMs, windows, step, confidences: query.confidence };
      return { stream, series, name: seriesName(stream, series), metric, ...(await expected(parts, stream, ask)) };
    },
  );
}

/** The series is there, but was not in any snapshot yet. */
const NOTHING_YET: Forecast = { basis: 'nothing', courseDays: 0, provenMs: 0, madeFrom: undefined, points: [] };

async function expected({ plugins, read }: ApiParts, stream: string, ask: ForecastAsk) {
  const plugin = plugins.find((one) => one.plugin.forecaster !== undefined)?.plugin;
  if (plugin?.forecaster === undefined) throw new ApiError(404, 'none of the plugins that run makes forecasts');
  const kept = await read.snapshotEntries({ stream, plugin: plugin.name }, plugin.forecaster.keys(ask.series));
  const made = plugin.forecaster.forecast(kept, ask);
  if (made === undefined && !(await read.hasSeries(stream, ask.series)))
    throw new ApiError(
      404,
      `there is no series ${seriesName(stream, ask.series)}; /v1/series?stream=${stream} lists them`,
    );
  const { madeFrom, points, ...known } = made ?? NOTHING_YET;
  return {
    plugin: plugin.name,
    ...known,
    madeFrom: madeFrom ?? null,
    points: points.map(({ intervals, ...point }) => ({
      ...point,
      intervals: intervals.map((bounds, at) => ({ confidence: ask.confidences[at] ?? 0, ...bounds })),
    })),
  };
}
