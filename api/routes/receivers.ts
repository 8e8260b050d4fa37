import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { newSecret } from '../../core/delivery/signature.ts';
import { delivery, listQuery, pageOf, receiver, receiverMade, receiverSpec } from '../contract.ts';
import { isoOf, nextOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../app.ts';

const byId = z.object({ id: z.string() });

/** Webhooks, and what was delivered to them. */
export function receiverRoutes(app: Api, { control }: ApiParts): void {
  app.get(
    '/v1/receivers',
    { schema: { summary: 'All receivers, without their secrets', response: { 200: pageOf(receiver) } } },
    async () => ({
      items: (await control.receivers()).map((each) => receiver.parse(each)),
      next: null,
    }),
  );

  app.post(
    '/v1/receivers',
    {
      schema: {
        summary: 'Registers a webhook; its secret is in the answer and told only once',
        body: receiverSpec,
        response: { 201: receiverMade },
      },
    },
    async ({ body }, reply) => {
      const { secret = newSecret(), ...spec } = body;
      const id = randomUUID();
      await control.saveReceiver(id, { ...spec, secrets: [secret] }, Date.now());
      return reply.status(201).send({ ...spec, id, secret });
    },
  );

  app.delete(
    '/v1/receivers/:id',
    { schema: { summary: 'Removes a receiver', params: byId, response: { 204: z.null() } } },
    async ({ params }, reply) => {
      if (!(await control.receivers()).some(({ id }) => id === params.id))
        throw new ApiError(404, `there is no receiver ${params.id}`);
      await control.saveReceiver(params.id, undefined, Date.now());
      return reply.status(204).send(null);
    },
  );

  app.get(
    '/v1/deliveries',
    {
      schema: {
        summary: 'Where each delivery stands, newest attempt first',
        querystring: listQuery,
        response: { 200: pageOf(delivery) },
      },
    },
    async ({ query }) => {
      const rows = await control.deliveryRows({ limit: query.limit, after: query.cursor });
      return nextOf(rows, query.limit, (row) =>
        delivery.parse({ ...row, attempts: Number(row['attempts']), lastAttemptAt: isoOf(Number(row['lastMs'])) }),
      );
    },
  );
}
