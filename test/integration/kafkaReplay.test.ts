import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bids } from '../support/bidsRun.ts';
import { type KafkaBids, startKafkaBids } from '../support/kafka/kafkaBids.ts';
import { makeTopics, produce, records } from '../support/kafka/topics.ts';
import { CLI } from '../support/touchstoneChild.ts';
import type { WholeRun } from '../support/wholeRun.ts';
import { Child } from '../chaos/child.ts';

let all: KafkaBids;
let run: WholeRun;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kafka-replay-'));
  all = await startKafkaBids();
  await makeTopics(all.client, { bids: 3 });
  for (const server of ['s1', 's2', 's3', 's4', 's5'])
    await produce(all.client, 'bids', records(server, bids(server, 400)));
  run = await all.start();
  await all.stored('bids', 2_000);
  await run.judgedUntil(Date.UTC(2026, 0, 1) + 19 * 60_000);
});

afterAll(async () => {
  await run.stop();
  await all.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs the command while live goes on; answers its exit code and report. */
async function replayed(outOf: 'kafka' | 'clickhouse'): Promise<{ code: number | string; report: unknown }> {
  const { url, admin } = all.world.engine.engine;
  const config = {
    ...{ source: { kind: 'kafka', brokers: all.kafka.brokers }, limits: { horizonDays: 36_500 }, plugins: {} },
    streams: run.config.streams,
  };
  writeFileSync(join(dir, 'touchstone.config.json'), JSON.stringify(config));
  const argv = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-01T00:20:00Z', '--out-of', outOf, '--json'];
  const child = new Child('replay', [CLI, 'replay', ...argv, '--config', join(dir, 'touchstone.config.json')], {
    ...{ CLICKHOUSE_URL: url, CLICKHOUSE_USER: admin.user, CLICKHOUSE_PASSWORD: admin.password },
  });
  child.start();
  const code = await child.end();
  const line = child.said.split('\n').find((text) => text.startsWith('{"events"'));
  return { code, report: line === undefined ? child.said : JSON.parse(line) };
}

describe('a replay, while live goes on', () => {
  it.each(['kafka', 'clickhouse'] as const)('out of %s ends with the same bytes', async (outOf) => {
    const { code, report } = await replayed(outOf);
    expect(report).toMatchObject({ events: 2_000, aggregates: { different: 0 } });
    expect((report as { aggregates: { live: number } }).aggregates.live).toBeGreaterThan(200);
    expect(code).toBe(0);
  });

  it('out of kafka tells when something is stored that did not come from there', async () => {
    const { admin } = all.world.engine;
    await admin.command(
      `INSERT INTO touchstone.aggregate_cells SELECT * REPLACE (through + 1000000 AS through, mapUpdate(states, map('events', unhex('0100000000000000'))) AS states)
       FROM touchstone.aggregate_cells FINAL WHERE cut = '' ORDER BY windowStart LIMIT 1`,
    );
    const { code, report } = await replayed('kafka');
    expect(code).toBe(1);
    expect(report).toMatchObject({ aggregates: { different: 2 } });
  });
});
