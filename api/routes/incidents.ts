import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { incidentSpec } from '../../core/alerts/incident.ts';
import { incidentOf } from '../../core/store/incidentStore.ts';
import type { Api } from '../app.ts';
import { incident, listQuery, pageOf } from '../contract.ts';
import { nextOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';

const byId = z.object({ id: z.string() });

/** Incidents: troubles that people marked. */
export function incidentRoutes(app: Api, { incidents }: ApiParts): void {
  app.get(
    '/v1/incidents',
    {
      schema: {
        summary: 'Incidents that people marked, the latest start first',
        querystring: listQuery,
        response: { 200: pageOf(incident) },
      },
    },
    async ({ query }) =>
      nextOf(await incidents.rows({ limit: query.limit, after: query.cursor }), query.limit, incidentOf),
  );

  app.post(
    '/v1/incidents',
    { schema: { summary: 'Marks an incident', body: incidentSpec, response: { 201: incident } } },
    async ({ body }, reply) => {
      const made = { ...body, id: randomUUID() };
      await incidents.save(made, Date.now());
      return reply.status(201).send(made);
    },
  );

  app.delete(
    '/v1/incidents/:id',
    { schema: { summary: 'Removes an incident', params: byId, response: { 204: z.null() } } },
    async ({ params }, reply) => {
      if ((await incidents.one(params.id)) === undefined) throw new ApiError(404, `there is no incident ${params.id}`);
      await incidents.remove(params.id, Date.now());
      return reply.status(204).send(null);
    },
  );
}
