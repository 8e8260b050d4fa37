import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BacktestAnswer } from '../../api/backtestContract.ts';
import { FLEET_START_MS, startDeadServersApi } from '../support/deadServersApi.ts';
import type { Reply, WholeApi } from '../support/wholeApi.ts';

let fleet: Awaited<ReturnType<typeof startDeadServersApi>>;
let api: WholeApi;

beforeAll(async () => {
  fleet = await startDeadServersApi();
  ({ api } = fleet);
});

afterAll(() => fleet.stop());

const minute = (at: number): number => FLEET_START_MS + at * 60_000;
const SPAN = { from: new Date(FLEET_START_MS).toISOString(), to: new Date(minute(30)).toISOString() };
/** Two of the five servers die here. */
const DEATH = { startMs: minute(10), endMs: minute(30), name: 'two servers died' };

const judged = (request: object = {}): Promise<Reply> => api.ask('POST', '/v1/backtests', { ...SPAN, ...request });
const reportOf = async (request: object = {}): Promise<BacktestAnswer> => {
  const { status, body } = await judged(request);
  expect({ status, detail: body.detail }).toEqual({ status: 200, detail: undefined });
  return body as unknown as BacktestAnswer;
};

describe('incidents that people mark', () => {
  it('are made, shown page by page, and removed', async () => {
    const made: string[] = [];
    for (const at of [1, 2, 3]) {
      const spec = { startMs: minute(at), endMs: minute(at + 1), stream: 'clicks', labels: { exchange: 'x1' } };
      const { status, body } = await api.ask('POST', '/v1/incidents', spec);
      expect({ status, body }).toMatchObject({ status: 201, body: { ...spec, name: '' } });
      made.push(body.id);
    }
    const first = (await api.ask('GET', '/v1/incidents?limit=2')).body;
    expect(first.items.map(({ id }) => id)).toEqual([made[2], made[1]]);
    expect(first.items[0]).toEqual({
      ...{ id: made[2], stream: 'clicks', name: '', labels: { exchange: 'x1' } },
      ...{ startMs: minute(3), endMs: minute(4) },
    });
    const rest = (await api.ask('GET', `/v1/incidents?limit=2&cursor=${first.next ?? ''}`)).body;
    expect(rest).toMatchObject({ items: [{ id: made[0] }], next: null });
    for (const id of made) expect((await api.ask('DELETE', `/v1/incidents/${id}`)).status).toBe(204);
    expect((await api.ask('GET', '/v1/incidents')).body.items).toEqual([]);
    expect((await api.ask('DELETE', `/v1/incidents/${made[0]!}`)).status).toBe(404);
  });

  it.each([
    [{ startMs: 5, endMs: 5 }, /ends after its start/],
    [{ startMs: 5 }, /endMs/],
    [{ startMs: 5, endMs: 6, lables: {} }, /lables/],
  ])('are refused as %j', async (spec, detail) => {
    const { status, body } = await api.ask('POST', '/v1/incidents', spec);
    expect(status).toBe(400);
    expect(body.detail).toMatch(detail);
  });

  it('are what backtests are held against', async () => {
    const { body } = await api.ask('POST', '/v1/incidents', DEATH);
    const { options } = await reportOf();
    expect(options.incidents).toMatchObject({ found: 1, missed: 0, outcomes: [{ name: DEATH.name, found: true }] });
    expect(options.incidents.outcomes[0]!.windows).toBeLessThanOrEqual(3);
    await api.ask('DELETE', `/v1/incidents/${body.id}`);
    expect((await reportOf()).options.incidents.outcomes).toEqual([]);
  });
});

describe('POST /v1/backtests', () => {
  it('tells what other plugins, rules and options would have found, side by side', async () => {
    const { options, against, streams } = await reportOf({
      plugins: ['completeness'],
      incidents: [DEATH],
      rules: [{ name: 'mine', match: { check: 'server-silent' } }],
      options: {},
      against: {},
      shownMax: 1,
    });
    expect(streams.map(({ stream }) => stream)).toEqual(['requests', 'impressions', 'clicks', 'packets']);
    expect(Object.keys(options.plugins)).toEqual(['completeness']);
    expect(options.findings.byCheck.map(({ check }) => check)).toContain('server-silent');
    expect(options.alerts.first).toMatchObject([{ rule: 'mine' }]);
    expect(options.alerts.total).toBeGreaterThan(1);
    expect(options.incidents).toMatchObject({ found: 1, falseAlarms: 0 });
    expect(against).toEqual(options);
  });

  it('does one at a time, and goes on answering meanwhile', async () => {
    const replies = await Promise.all([judged(), judged(), api.ask('GET', '/v1/rules')]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect(replies.find(({ status }) => status === 429)!.body.detail).toMatch(/another backtest is running/);
    expect((await judged()).status).toBe(200);
  });

  it('stops when whoever asked has gone', async () => {
    const gone = new AbortController();
    const asked = fetch(`${api.url}/v1/backtests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(SPAN),
      signal: gone.signal,
    });
    setTimeout(() => {
      gone.abort();
    }, 20);
    await expect(asked).rejects.toThrow('abort');
    const deadlineMs = Date.now() + 10_000;
    let status = 429;
    while (status === 429 && Date.now() < deadlineMs) ({ status } = await judged());
    expect(status).toBe(200);
  });

  it.each([
    [{ from: 'soon' }, /from/],
    [{ asOf: '0001-01-01T00:00:00Z' }, /between 1970 and 2200/],
    [{ plugins: ['completeness'], options: { outlier: {} } }, /outlier, which is not among the plugins/],
    [{ to: SPAN.from }, /ends before it begins/],
    [{ streams: ['none'] }, /no stream none/],
    [{ plugins: ['none'] }, /no such plugin/],
    [{ options: { outlier: { rarityMax: 2 } } }, /rarityMax/],
    [{ options: { __proto__x: {} } }, /no such plugin/],
    [{ rules: [{ name: '' }] }, /rules/],
    [{ incidents: [{ startMs: 2, endMs: 1 }] }, /incidents/],
    [{ frmo: 1 }, /frmo/],
  ])('refuses %j', async (request, detail) => {
    const { status, body } = await judged(request);
    expect(status).toBe(400);
    expect(body.detail).toMatch(detail);
  });
});
