import type { Api } from '../app.ts';
import { backtestReport, backtestRequest } from '../backtestContract.ts';
import type { ApiParts } from '../parts.ts';
import { ApiError } from '../problem.ts';

/** Backtests: stored windows judged again with other options. One at a time: this process has live work to do. */
export function backtestRoutes(app: Api, { backtest }: ApiParts): void {
  let isRunning = false;
  app.post(
    '/v1/backtests',
    {
      schema: {
        summary:
          'Judges stored windows again with other options, and tells what would have been found; changes nothing',
        body: backtestRequest,
        response: { 200: backtestReport },
      },
    },
    async ({ body }, reply) => {
      if (isRunning) throw new ApiError(429, 'another backtest is running; ask again when it is done');
      isRunning = true;
      const gone = new AbortController();
      // Whoever asked may have gone, or the process ends: then nobody waits for the rest.
      reply.raw.once('close', () => {
        gone.abort(new ApiError(503, 'the backtest was given up'));
      });
      try {
        return await backtest(body, gone.signal);
      } finally {
        isRunning = false;
      }
    },
  );
}
