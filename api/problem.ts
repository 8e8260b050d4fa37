import type { FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** An error that the asker can do something about; its message tells what. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Makes every error an `application/problem+json` (RFC 9457). What went wrong inside is logged, not told. */
export function answerProblems(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    reply
      .status(404)
      .type(PROBLEM)
      .send(problemOf(404, `there is nothing at ${request.method} ${request.url}`)),
  );
  app.setErrorHandler((error, request, reply) => {
    const { status, detail } = toldOf(error);
    // What we say ourselves, such as not being ready yet, is no failure.
    if (status >= 500 && !(error instanceof ApiError)) request.log.error({ err: error }, 'a request failed');
    return reply.status(status).type(PROBLEM).send(problemOf(status, detail));
  });
}

const PROBLEM = 'application/problem+json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authorized',
  404: 'Not found',
  409: 'Conflict',
  429: 'Too many requests',
  503: 'Not available',
};

/** The body of a problem. */
export const problemOf = (status: number, detail: string) => ({
  type: 'about:blank',
  title: TITLES[status] ?? 'Error',
  status,
  detail,
});

function toldOf(error: unknown): { status: number; detail: string } {
  if (hasZodFastifySchemaValidationErrors(error))
    return {
      status: 400,
      detail: error.validation
        .map(({ instancePath, message }) => `${instancePath || 'the request'}: ${message ?? 'is wrong'}`)
        .join('; '),
    };
  if (error instanceof ApiError) return { status: error.status, detail: error.message };
  if (isRetryable(error)) return { status: 503, detail: 'the store does not answer; try again' };
  const status =
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  return {
    status,
    detail: status < 500 && error instanceof Error ? error.message : 'something went wrong here; the log tells what',
  };
}

const isRetryable = (error: unknown): boolean =>
  error instanceof Error && 'retryable' in error && error.retryable === true;
