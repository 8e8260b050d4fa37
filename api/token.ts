import { randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { ApiError } from './problem.ts';

/** Name of the token's variable in the environment. */
export const TOKEN_VARIABLE = 'TOUCHSTONE_API_TOKEN';

/** The bearer token. */
export interface ApiToken {
  readonly token: string;
  /** Where it comes from, for people: the variable, or the file. */
  readonly from: string;
}

/**
 * The bearer token: `TOUCHSTONE_API_TOKEN`, which several processes may share; or else `<data>/api-token`, made at the first start and readable by its owner only.
 * The file comes into being whole, under its name at once: who shares the data folder never reads a part of it.
 */
export async function apiToken(dataDir: string, env: NodeJS.ProcessEnv = process.env): Promise<ApiToken> {
  const given = env[TOKEN_VARIABLE]?.trim() ?? '';
  if (given !== '') return { token: given, from: TOKEN_VARIABLE };
  const path = join(dataDir, 'api-token');
  const token = (await textOf(path)) ?? (await madeOnce(path));
  if (token === '') throw new Error(`the file ${path} is empty: remove it, and a new token is made`);
  return { token, from: path };
}

/** Makes the file unless another process was first; answers what is in it then. */
async function madeOnce(path: string): Promise<string> {
  const part = `${path}.${randomBytes(6).toString('hex')}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(part, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    await link(part, path).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(part, { force: true });
  }
  return (await textOf(path)) ?? '';
}

/** What a file holds; undefined when there is none. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

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
            'send the header Authorization: Bearer TOKEN; the token is TOUCHSTONE_API_TOKEN of the process, or in the file api-token of its data folder',
          ),
    );
  });
}
