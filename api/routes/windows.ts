import { z } from 'zod';
import type { Row } from '../../core/store/readStore.ts';
import { labelsOf, seriesName } from '../../core/windows/series.ts';
import { judgedWindow, listQuery, pageOf, series } from '../contract.ts';
import { isoOfText, nextOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../app.ts';
import { judgedWindowOf, wholeWindow } from '../wholeWindow.ts';
import { windowWhole } from '../windowContract.ts';

/** Judged windows, and the series within them. */
export function windowRoutes(app: Api, { config, read, windows }: ApiParts): void {
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
      return nextOf(await read.windows(narrowed, { limit, after: cursor }), limit, judgedWindowOf);
    },
  );

  app.get(
    '/v1/windows/:stream/:startMs',
    {
      schema: {
        summary: 'One window, also one that is still open: its servers, and what it will come to',
        params: z.object({ stream: z.string(), startMs: z.coerce.number().int() }),
        querystring: z.strictObject({ cut: z.string().default('') }),
        response: { 200: windowWhole },
      },
    },
    async ({ params, query }) => {
      const window = await wholeWindow({ config, read, windows }, params, query.cut);
      if (window !== undefined) return window;
      throw new ApiError(
        404,
        `nothing is known of a window of ${params.stream} that starts at ${String(params.startMs)}`,
      );
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

const text = (row: Row, key: string): string => String(row[key]);
