import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type RuleSpec, ruleSpec } from '../../core/alerts/rule.ts';
import { pageOf } from '../contract.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../app.ts';
import { thresholdProblem } from '../thresholdProblem.ts';

const rule = ruleSpec.extend({ id: z.string() });
const byId = z.object({ id: z.string() });

/** Rules: which findings matter, for how long, to whom. */
export function ruleRoutes(app: Api, { config, control }: ApiParts): void {
  const refuseUnknown = ({ threshold }: RuleSpec): void => {
    const problem = threshold && thresholdProblem(threshold, config.streams);
    if (problem !== undefined) throw new ApiError(400, problem);
  };
  const known = async (id: string): Promise<z.infer<typeof rule>> => {
    const found = (await control.rules()).find((candidate) => candidate.id === id);
    if (found === undefined) throw new ApiError(404, `there is no rule ${id}`);
    return found;
  };

  app.get('/v1/rules', { schema: { summary: 'All rules', response: { 200: pageOf(rule) } } }, async () => ({
    items: await control.rules(),
    next: null,
  }));

  app.get('/v1/rules/:id', { schema: { summary: 'One rule', params: byId, response: { 200: rule } } }, ({ params }) =>
    known(params.id),
  );

  app.post(
    '/v1/rules',
    { schema: { summary: 'Makes a rule', body: ruleSpec, response: { 201: rule } } },
    async ({ body }, reply) => {
      refuseUnknown(body);
      const id = randomUUID();
      await control.saveRule(id, body, Date.now());
      return reply.status(201).send({ ...body, id });
    },
  );

  app.put(
    '/v1/rules/:id',
    { schema: { summary: 'Changes a rule', params: byId, body: ruleSpec, response: { 200: rule } } },
    async ({ params, body }) => {
      await known(params.id);
      refuseUnknown(body);
      await control.saveRule(params.id, body, Date.now());
      return { ...body, id: params.id };
    },
  );

  app.delete(
    '/v1/rules/:id',
    { schema: { summary: 'Removes a rule', params: byId, response: { 204: z.null() } } },
    async ({ params }, reply) => {
      await known(params.id);
      await control.saveRule(params.id, undefined, Date.now());
      return reply.status(204).send(null);
    },
  );
}
