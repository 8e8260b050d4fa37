import { z } from 'zod';
import { finding, listQuery, pageOf } from '../contract.ts';
import { expectedOf, isoOfText, nextOf, numberOf } from '../page.ts';
import type { ApiParts } from '../parts.ts';
import type { Row } from '../../core/store/readStore.ts';
import type { Api } from '../app.ts';

const filters = listQuery.extend({
  stream: z.string().optional(),
  plugin: z.string().optional(),
  check: z.string().optional(),
  severity: finding.shape.severity.optional(),
  fingerprint: z.string().optional(),
});

/** What checks found. */
export function findingRoutes(app: Api, { read }: ApiParts): void {
  app.get(
    '/v1/findings',
    {
      schema: {
        summary: 'Findings that stand, newest window first',
        querystring: filters,
        response: { 200: pageOf(finding) },
      },
    },
    async ({ query }) => {
      const { limit, cursor, ...narrowed } = query;
      return nextOf(await read.findings(narrowed, { limit, after: cursor }), limit, findingOf);
    },
  );
}

function findingOf(row: Row): z.infer<typeof finding> {
  return finding.parse({
    ...row,
    window: { startMs: Number(row['startMs']), endMs: Number(row['endMs']) },
    revision: Number(row['revision']),
    data: JSON.parse(String(row['data'])) as unknown,
    observed: numberOf(row['observed']),
    rarity: numberOf(row['rarity']),
    expected: expectedOf(row),
    foundAt: isoOfText(row['foundAt']),
  });
}
