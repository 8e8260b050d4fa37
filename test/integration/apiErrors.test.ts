import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenFolder, openFolder } from '../support/openFolder.ts';
import { replyOf, startWholeApi, type WholeApi } from '../support/wholeApi.ts';
import { fleetConfig } from '../support/wholeRun.ts';

let folder: OpenFolder;
let api: WholeApi;

beforeAll(async () => {
  folder = await openFolder();
  await mkdir(join(folder.path, 'logs'));
  api = await startWholeApi(fleetConfig(join(folder.path, 'data'), join(folder.path, 'logs')));
});

afterAll(async () => {
  await api.stop();
  await folder.remove();
});

describe('an error', () => {
  const PROBLEMS: readonly (readonly [status: number, method: string, path: string, body: unknown, detail: RegExp])[] =
    [
      [404, 'GET', '/v1/nothing', undefined, /nothing at GET \/v1\/nothing/],
      [404, 'GET', '/elsewhere', undefined, /nothing at GET \/elsewhere/],
      [404, 'GET', '/v1/alerts/none', undefined, /no alert none/],
      [404, 'GET', '/v1/rules/none', undefined, /no rule none/],
      [404, 'PUT', '/v1/rules/none', { name: 'x' }, /no rule none/],
      [404, 'DELETE', '/v1/rules/none', undefined, /no rule none/],
      [404, 'DELETE', '/v1/receivers/none', undefined, /no receiver none/],
      [404, 'GET', '/v1/windows/requests/1', undefined, /nothing is known of a window of requests that starts at 1/],
      [
        404,
        'GET',
        `/v1/windows/none/${String(Date.UTC(2026, 0, 1))}`,
        undefined,
        /nothing is known of a window of none/,
      ],
      [400, 'GET', '/v1/windows/requests/soon', undefined, /startMs/],
      [400, 'GET', '/v1/windows?limit=0', undefined, /limit/],
      [400, 'GET', '/v1/windows?limit=5000&state=odd', undefined, /limit.*state|state.*limit/],
      [400, 'GET', '/v1/series', undefined, /stream/],
      [
        400,
        'POST',
        '/v1/rules',
        { forWindows: 0, repeatEveryMs: 1, mtach: {} },
        /name.*forWindows.*repeatEveryMs.*mtach/s,
      ],
      [400, 'POST', '/v1/receivers', { name: '', url: 'ftp://x', secret: 'short' }, /name.*url.*secret/s],
      [400, 'POST', '/v1/rules', undefined, /./],
      [400, 'POST', '/v1/rules', [], /./],
    ];

  it.each(PROBLEMS)('is a problem of RFC 9457: %i %s %s %j', async (...[status, method, path, body, detail]) => {
    const reply = await api.ask(method, path, body);
    expect({ status: reply.status, type: reply.type.split(';')[0] }).toEqual({
      status,
      type: 'application/problem+json',
    });
    expect(reply.body).toEqual({
      type: 'about:blank',
      title: expect.any(String) as string,
      status,
      detail: expect.stringMatching(detail) as string,
    });
  });

  it('is told of a body that is no JSON', async () => {
    const reply = await replyOf(
      await fetch(`${api.url}/v1/rules`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
        body: '{"name":',
      }),
    );
    expect(reply).toMatchObject({ status: 400, body: { status: 400 } });
    expect(reply.type).toContain('application/problem+json');
  });

  it.each([
    ['/v1/streams', {}],
    ['/v1/streams', { authorization: 'Bearer wrong' }],
    ['/v1/streams', { authorization: 'Basic x' }],
    ['/v1/nothing', {}],
    ['/%76%31/streams', {}],
    ['/v1%2Fstreams', {}],
  ])('is 401 without the token: %s %j', async (path, headers) => {
    const reply = await replyOf(await fetch(`${api.url}${path}`, { headers }));
    expect([401, 404]).toContain(reply.status);
    if (path !== '/v1%2Fstreams') expect(reply.status).toBe(401);
    expect(reply.type).toContain('application/problem+json');
  });
});
