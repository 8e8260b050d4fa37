import { z } from 'zod';
import type { Config } from '../../core/config/config.ts';
import type { Row } from '../../core/store/readStore.ts';
import { labelsOf, seriesName } from '../../core/windows/series.ts';
import { judgedWindow, judgedWindowWhole, listQuery, pageOf, series } from '../contract.ts';
import { isoOfText, nextOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../app.ts';

/** Judged windows, and the series within them. */
export function windowRoutes(app: Api, { config, read }: ApiParts): void {
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
      const { limit, cursor, ...narrowed } = query;
      return nextOf(await read.windows(narrowed, { limit, after: cursor }), limit, windowOf);
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
      const row = await read.window(params.stream, params.startMs);
      if (row === undefined)
        throw new ApiError(404, `no window of ${params.stream} that starts at ${String(params.startMs)} was judged`);
      const servers = await read.serversOf(params.stream, serverCutOf(config, params.stream), params.startMs);
      return { ...windowOf(row), servers: [...servers] };
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
      const { stream, cut, limit, cursor } = query;
      const rows = await read.series(stream, cut, { limit, after: cursor });
      return nextOf(rows, limit, (row) => ({
        stream,
        series: text(row, 'series'),
        name: seriesName(stream, text(row, 'series')),
        labels: { ...labelsOf(text(row, 'series')) },
        events: Number(row['events']),
        lastAt: isoOfText(row['lastAt']),
      }));
    },
  );
}

function serverCutOf({ streams }: Config, stream: string): string {
  const declared = streams[stream];
  return declared?.kind === 'events' ? declared.server : 'server';
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
