import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { ApiError } from './problem.ts';

/** The bearer token, made at the first start and kept in `<data>/api-token`, readable by its owner only. */
export async function apiToken(dataDir: string): Promise<string> {
  const path = join(dataDir, 'api-token');
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(path, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}

/** Asks for the token on every path below `/v1`. */
export function requireToken(app: FastifyInstance, token: string): void {
  const expected = Buffer.from(`Bearer ${token}`);
  app.addHook('onRequest', (request, _reply, done) => {
    // The route's own path: the router decodes what was asked for, so /%76%31/streams is /v1/streams, too.
    const path = request.routeOptions.url ?? request.url;
    const given = Buffer.from(request.headers.authorization ?? '');
    const isRight = given.length === expected.length && timingSafeEqual(given, expected);
    done(
      isRight || !path.startsWith('/v1')
        ? undefined
        : new ApiError(
            401,
            'send the header Authorization: Bearer TOKEN; the token is in the file api-token of the data folder',
          ),
    );
  });
}
