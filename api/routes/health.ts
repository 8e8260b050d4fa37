import { z } from 'zod';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';
import type { Api } from '../app.ts';

/** Whether it lives, whether it is ready, and what it measures. None of it needs the token. */
export function healthRoutes(app: Api, parts: ApiParts): void {
  app.get(
    '/livez',
    {
      schema: {
        summary: 'Whether the process lives',
        security: [],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether it can be relied on',
        security: [],
        response: { 200: z.object({ status: z.literal('ready') }) },
      },
    },
    () => {
      const reason = parts.notReady();
      if (reason !== undefined) throw new ApiError(503, reason);
      return { status: 'ready' as const };
    },
  );
  app.get('/metrics', { schema: { hide: true } }, (request, reply) => {
    reply.hijack();
    parts.answerMetrics(request.raw, reply.raw);
  });
}
