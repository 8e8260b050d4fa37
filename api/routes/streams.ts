import { z } from 'zod';
import { labelsOf, seriesName } from '../../core/windows/series.ts';
import { judgedWindow, judgedWindowWhole, listQuery, pageOf, plugin, series, stream } from '../contract.ts';
import { isoOf, isoOfText, nextOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../server.ts';
import type { Row } from '../../core/store/readStore.ts';

/** Streams, their windows and series, and the plugins that judge them. */
export function streamRoutes(app: Api, parts: ApiParts): void {
  const { config, read, plugins } = parts;
  app.get('/v1/streams', { schema: { summary: 'Declared streams', response: { 200: pageOf(stream) } } }, async () => {
    const facts = await read.streamFacts();
    const items = Object.entries(config.streams).map(([name, declared]) => {
      const fact = facts.get(name);
      const { windowMs, kind } = declared;
      const shape =
        declared.kind === 'events'
          ? { fields: declared.fields, cuts: declared.cuts, metrics: Object.keys(declared.metrics) }
          : { fields: {}, cuts: [['kind', 'metric']], metrics: ['total', 'mean'] };
      return {
        name,
        kind,
        windowMs,
        ...shape,
        newestAt: fact === undefined || fact.newestMs === 0 ? null : isoOf(fact.newestMs),
        events: fact?.events ?? 0,
      };
    });
    return { items, next: null };
  });

  app.get(
    '/v1/windows',
    {
      schema: {
        summary: 'Judged windows, newest first',
        querystring: listQuery.extend({
          stream: z.string().optional(),
          state: z.enum(['ready', 'complete', 'sealed']).optional(),
        }),
        response: { 200: pageOf(judgedWindow) },
      },
    },
    async ({ query }) => {
      const rows = await read.windows({ stream: query.stream, state: query.state }, query);
      return nextOf(rows, query.limit, windowOf, (row) => String(row['startMs']));
    },
  );

  app.get(
    '/v1/windows/:stream/:startMs',
    {
      schema: {
        summary: 'One window with its servers',
        params: z.object({ stream: z.string(), startMs: z.coerce.number().int() }),
        response: { 200: judgedWindowWhole },
      },
    },
    async ({ params }) => {
      const rows = await read.windows({ stream: params.stream }, { limit: 1, cursor: String(params.startMs + 1) });
      const [row] = rows;
      if (row === undefined || Number(row['startMs']) !== params.startMs)
        throw new ApiError(404, `no window of ${params.stream} that starts at ${String(params.startMs)} was judged`);
      return { ...windowOf(row), servers: [...(await read.serversOf(params.stream, params.startMs))] };
    },
  );

  app.get(
    '/v1/series',
    {
      schema: {
        summary: 'Series of a stream over its last day, the busiest first',
        querystring: listQuery.extend({ stream: z.string(), cut: z.string().optional() }),
        response: { 200: pageOf(series) },
      },
    },
    async ({ query }) => {
      const rows = await read.series(query.stream, query.cut, query);
      const shown = rows.slice(0, query.limit);
      const items = shown.map((row) => ({
        stream: query.stream,
        series: text(row, 'series'),
        name: seriesName(query.stream, text(row, 'series')),
        labels: { ...labelsOf(text(row, 'series')) },
        events: Number(row['events']),
        lastAt: isoOfText(row['lastAt']),
      }));
      return { items, next: rows.length > query.limit ? String(Number(query.cursor ?? 0) + shown.length) : null };
    },
  );

  app.get(
    '/v1/plugins',
    { schema: { summary: 'Plugins that run, with their options', response: { 200: pageOf(plugin) } } },
    () => ({
      items: plugins.map(({ plugin: { name, version, description, messages }, options }) => ({
        name,
        version,
        description,
        messages: { ...messages },
        options,
      })),
      next: null,
    }),
  );
}

const text = (row: Row, key: string): string => String(row[key]);

const windowOf = (row: Row) => ({
  stream: text(row, 'stream'),
  startMs: Number(row['startMs']),
  endMs: Number(row['endMs']),
  revision: Number(row['revision']),
  state: judgedWindow.shape.state.parse(row['state']),
  events: Number(row['events']),
  serversExpected: Number(row['serversExpected']),
  serversArrived: Number(row['serversArrived']),
  eventsAnnounced: row['eventsAnnounced'] === null ? null : Number(row['eventsAnnounced']),
  tooLate: Number(row['tooLate']),
  judgedAt: isoOfText(row['judgedAt']),
});
