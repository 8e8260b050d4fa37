import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../core/config/config.ts';
import { HistoryTables } from '../../../../core/pipeline/backtest/historyTables.ts';
import { judgeOver, streamIngests } from '../../../../core/pipeline/streamSetup.ts';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

describe('the judge of a stream', () => {
  it('rests when nobody is expected and nobody sends again, though all later windows could be judged', async () => {
    const parsed = parseConfig({
      source: { kind: 'files', dirs: ['/nowhere'] },
      streams: { bids: { fields: { ts: 'time', server: 'category' } } },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { config } = parsed;
    const sentMs = [START_MS, START_MS + 1_000 * HOUR_MS];
    const judgedMs: number[] = [];
    const store = new HistoryTables({
      ahead: { of: () => Promise.resolve([]) },
      firstWindow: (fromMs) => Promise.resolve(sentMs.find((startMs) => startMs >= fromMs)),
      take: (_, windows) => judgedMs.push(...windows.map(({ startMs }) => startMs)),
      incidents: Promise.resolve([]),
    });
    const stream = streamIngests({ config, plugins: [] }).get('bids')!;
    const over = { store, untilMs: Number.POSITIVE_INFINITY, spanWindows: 60, alsoShown: [] };
    const judge = judgeOver({ config, plugins: [] }, stream, over);
    for (let advances = 0; advances < 5; advances++) await judge.advance();
    expect(judgedMs).toHaveLength(120);
    expect(judgedMs.filter((startMs) => startMs % HOUR_MS === 0)).toEqual(sentMs);
    expect(judge.nextMs).toBe(sentMs[1]! + HOUR_MS);
  });
});
