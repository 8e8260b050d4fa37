import { Validator } from '@seriousme/openapi-schema-validator';
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from '../support/clientCache.ts';
import { FLEET_START_MS, startDeadServersApi } from '../support/deadServersApi.ts';
import { replyOf, type WholeApi } from '../support/wholeApi.ts';

let fleet: Awaited<ReturnType<typeof startDeadServersApi>>;
let api: WholeApi;

beforeAll(async () => {
  fleet = await startDeadServersApi();
  ({ api } = fleet);
});

afterAll(() => fleet.stop());

describe('the API', () => {
  it('tells the declared streams and what is stored of them', async () => {
    const { body } = await api.ask('GET', '/v1/streams');
    expect(body.items.map(({ name }) => name)).toEqual(['requests', 'impressions', 'clicks', 'packets']);
    const [row] = await api.store.connection.query<{ n: string }>(
      'SELECT count() AS n FROM touchstone.events_requests',
    );
    expect(String(body.items[0]!.events)).toBe(row!.n);
  });

  it('tells one window with its metrics and servers, and what was found about the dead ones', async () => {
    const startMs = FLEET_START_MS + 15 * 60_000;
    const { status, body } = await api.ask('GET', `/v1/windows/requests/${String(startMs)}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      stream: 'requests',
      startMs,
      endMs: startMs + 60_000,
      serversExpected: 5,
      serversArrived: 3,
    });
    expect(body.servers).toHaveLength(5);
    const dead = body.servers.filter((server) => server.received === 0);
    for (const { findings } of dead) {
      expect(findings.map(({ check, state }) => [check, state])).toEqual([['server-silent', 'dead']]);
      expect(findings[0]?.text).toContain('sent nothing');
    }
    expect(body.metrics).toContainEqual({ series: '', metric: 'events', observed: body.events, estimate: null });
    const byExchange = await api.ask('GET', `/v1/windows/requests/${String(startMs)}?cut=exchange`);
    const events = byExchange.body.metrics.filter(({ metric }) => metric === 'events');
    expect(events.reduce((sum, { observed }) => sum + (observed ?? 0), 0)).toBe(body.events);
    const received = body.servers.reduce((sum, server) => sum + server.received, 0);
    expect(received).toBe(body.events);
  });

  it('tells plugins, findings and alerts; evidence runs as it is and shows events', async () => {
    const plugins = await api.ask('GET', '/v1/plugins');
    expect(plugins.body.items.map(({ name }) => name).sort()).toEqual(['completeness', 'outlier', 'schema-watch']);
    const findings = await api.ask('GET', '/v1/findings?plugin=completeness&stream=requests&check=server-silent');
    expect(findings.body.items.length).toBeGreaterThan(0);
    for (const { data, text } of findings.body.items)
      expect(Object.values(data).some((value) => text.includes(String(value)))).toBe(true);
    for (const { plugin, stream, check } of findings.body.items)
      expect([plugin, stream, check]).toEqual(['completeness', 'requests', 'server-silent']);
    const { body } = await api.ask('GET', '/v1/alerts');
    const [first] = body.items;
    expect((await api.ask('GET', `/v1/alerts/${first!.id}`)).body).toEqual(first);
    for (const status of ['firing', 'resolved', 'pending']) {
      const some = await api.ask('GET', `/v1/alerts?status=${status}`);
      expect(some.body.items).toEqual(body.items.filter((alert) => alert.status === status));
    }
    for (const { evidenceSql } of findings.body.items.slice(0, 3)) await api.store.connection.query(evidenceSql);
  });

  it('makes, shows, changes and removes rules', async () => {
    const made = await api.ask('POST', '/v1/rules', { name: 'mine', match: { plugin: 'outlier' } });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'mine', forWindows: 1, match: { severityMin: 'warning' } },
    });
    const path = `/v1/rules/${made.body.id}`;
    expect((await api.ask('GET', path)).body).toEqual(made.body);
    expect(await api.ask('PUT', path, { name: 'other', forWindows: 3 })).toMatchObject({
      status: 200,
      body: { forWindows: 3 },
    });
    expect((await api.ask('GET', '/v1/rules')).body.items.map(({ name }) => name)).toContain('other');
    expect((await api.ask('DELETE', path)).status).toBe(204);
    expect((await api.ask('GET', path)).status).toBe(404);
  });

  it('makes, shows and removes receivers; a secret is told once', async () => {
    const made = await api.ask('POST', '/v1/receivers', { name: 'mine', url: 'http://127.0.0.1:1/', enabled: false });
    expect(made.status).toBe(201);
    expect(made.body.secret).toMatch(/^whsec_[A-Za-z0-9+/=]{32}$/);
    const listed = await api.ask('GET', '/v1/receivers');
    const { secret: _, ...shown } = made.body;
    expect(listed.body.items).toContainEqual(shown);
    expect(JSON.stringify(listed.body)).not.toContain('whsec_');
    expect((await api.ask('DELETE', `/v1/receivers/${made.body.id}`)).status).toBe(204);
    expect((await api.ask('GET', '/v1/receivers')).body.items).toHaveLength(1);
  });

  it('takes what a receiver asks for, alerts unless it says more, and refuses events that there are not', async () => {
    const asked = { events: ['window.restated', 'server.dead'], streams: ['requests'] };
    const receiver = { name: 'mine', url: 'http://127.0.0.1:1/', enabled: false };
    const plain = await api.ask('POST', '/v1/receivers', receiver);
    expect(plain.body).toMatchObject({ events: ['alert.firing', 'alert.resolved'], streams: [] });
    const asking = await api.ask('POST', '/v1/receivers', { ...receiver, ...asked });
    expect((await api.ask('GET', '/v1/receivers')).body.items.find(({ id }) => id === asking.body.id)).toMatchObject(
      asked,
    );
    expect(await api.ask('POST', '/v1/receivers', { ...receiver, events: ['window.gone'] })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('events') as string },
    });
    for (const { body } of [plain, asking]) await api.ask('DELETE', `/v1/receivers/${body.id}`);
  });

  it('tells deliveries with their status and latency, one for each message', async () => {
    const { items } = (await api.ask('GET', '/v1/deliveries?limit=1000')).body;
    expect(items.map(({ noticeId }) => noticeId).sort()).toEqual([...new Set(fleet.told())].sort());
    for (const item of items)
      expect(item).toMatchObject({
        receiverId: fleet.receiverId,
        status: 204,
        outcome: 'delivered',
        attempts: 1,
        error: '',
      });
    for (const { latencyMs } of items) expect(latencyMs).toBeGreaterThan(0);
  });
});

describe('beside /v1', () => {
  it('/livez and /readyz answer without a token; ready only when the state is there', async () => {
    expect(api.firstReadiness).toMatchObject({ status: 503, body: { detail: 'the sources are being listed' } });
    expect(await replyOf(await fetch(`${api.url}/livez`))).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await replyOf(await fetch(`${api.url}/readyz`))).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('/openapi.json is an OpenAPI 3.1 document that names every path and its parameters', async () => {
    const { status, body } = await replyOf(await fetch(`${api.url}/openapi.json`));
    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    expect(await new Validator().validate({ ...structuredClone(body) })).toEqual({ valid: true });
    expect(Object.keys(body.paths).sort()).toEqual([
      '/livez',
      '/readyz',
      '/v1/alerts',
      '/v1/alerts/{id}',
      '/v1/backtests',
      '/v1/cluster',
      '/v1/deliveries',
      '/v1/findings',
      '/v1/incidents',
      '/v1/incidents/{id}',
      '/v1/plugins',
      '/v1/receivers',
      '/v1/receivers/{id}',
      '/v1/rules',
      '/v1/rules/{id}',
      '/v1/series',
      '/v1/series/{id}/forecast',
      '/v1/streams',
      '/v1/windows',
      '/v1/windows/{stream}/{startMs}',
    ]);
    const { parameters } = body.paths['/v1/windows']!.get;
    expect(parameters.map(({ name }) => name).sort()).toEqual(['cursor', 'limit', 'state', 'stream']);
    expect(parameters.find(({ name }) => name === 'cursor')).toMatchObject({
      required: false,
      schema: { type: 'string' },
    });
  });

  it('/metrics is accepted by promtool', async ({ skip }) => {
    const response = await fetch(`${api.url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text).toMatch(/^touchstone_ingest_events_total \d+$/m);
    if (!(await isInstalled('promtool', '--version'))) {
      console.warn(
        '\n*** NOT TESTED: promtool check metrics, since promtool (Debian package prometheus) is not installed ***\n',
      );
      skip();
    }
    const said = await new Promise<string>((ended) => {
      const child = execFile('promtool', ['check', 'metrics'], (_, stdout, stderr) => ended(stdout + stderr));
      child.stdin?.end(text);
    });
    expect(said).toBe('');
  });
});
