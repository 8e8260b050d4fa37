import { z } from 'zod';
import type { Row } from '../../core/store/readStore.ts';
import { alert, listQuery, pageOf } from '../contract.ts';
import { expectedOf, isoOf, isoOfText, nextOf, numberOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../app.ts';

/** Alerts: what rules made of findings. */
export function alertRoutes(app: Api, { control }: ApiParts): void {
  const filters = listQuery.extend({ status: alert.shape.status.optional(), ruleId: z.string().optional() });
  app.get(
    '/v1/alerts',
    { schema: { summary: 'Alerts, the latest change first', querystring: filters, response: { 200: pageOf(alert) } } },
    async ({ query }) => {
      const { limit, cursor, ...narrowed } = query;
      return nextOf(await control.alertRows(narrowed, { limit, after: cursor }), limit, alertOf);
    },
  );

  app.get(
    '/v1/alerts/:id',
    { schema: { summary: 'One alert', params: z.object({ id: z.string() }), response: { 200: alert } } },
    async ({ params }) => {
      const [row] = await control.alertRows({ id: params.id }, { limit: 1 });
      if (row === undefined) throw new ApiError(404, `there is no alert ${params.id}`);
      return alertOf(row);
    },
  );
}

const alertOf = (row: Row): z.infer<typeof alert> =>
  alert.parse({
    ...row,
    window: { startMs: Number(row['startMs']), endMs: Number(row['endMs']) },
    startsAt: isoOfText(row['startsAt']),
    endsAt: row['endsAt'] === null ? null : isoOfText(row['endsAt']),
    observed: numberOf(row['observed']),
    expected: expectedOf(row),
    updatedAt: isoOf(Number(row['updatedMs'])),
  });
