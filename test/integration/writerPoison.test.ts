import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamIngest } from '../../core/pipeline/ingest/streamIngest.ts';
import { bidsConfig } from '../support/adStream.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { storeLines } from '../support/storedLines.ts';

let running: TestEngine;

beforeAll(async () => {
  running = await startTestEngine();
});

afterAll(() => running.stop());

/** JSON.parse takes all of them. The store's JSON column takes none of them as it is. */
const POISON = [
  '{"n":"\\ud800"}',
  '{"n":"\\udc00\\ud800"}',
  '{"n":{"\\ud800":1}}',
  '{"\\ud800":1}',
  '{"n":1e999}',
  '{"n":[1,-1e999]}',
  '{"n":18446744073709551616}',
  '{"n":-9223372036854775809}',
  '{"n":123456789012345678901234567890}',
  '{"x":{"k":1,"k":2}}',
  '{"x":[{"k":1,"k":2}]}',
  '{"a.b":1,"a":{"b":2}}',
];

describe('a line that the JSON column cannot hold', () => {
  it.each(POISON)('never blocks those beside it, as event or as problem: %s', async (rest) => {
    const stream = new StreamIngest('bids', bidsConfig(), []);
    const head = `{"ts":${String(Date.UTC(2026, 5, 1))},"server":"s1"`;
    const lines = [`${head},"seq":1}`, `${head},${rest.slice(1)}`, `${head},"seq":3}`];
    JSON.parse(lines[1]!);
    const stored = await storeLines(running.admin, stream, `${lines.join('\n')}\n`, rest);
    const [row] = await running.admin.query<{ n: string; seqs: string }>(
      'SELECT count() AS n, sum(seq) AS seqs FROM touchstone.events_bids WHERE partition = {rest:String}',
      { rest },
    );
    expect(row).toEqual({ n: String(stored), seqs: '4' });
  });
});
