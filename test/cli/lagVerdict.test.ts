import { describe, expect, it } from 'vitest';
import { clusterReport, type Ends } from '../../api/clusterReport.ts';
import { lagVerdict } from '../../cli/doctor/lagVerdict.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;

/** A partition as [stored offset, age of its newest event in minutes, first and next offset of the topic]. */
type Told = readonly [
  offset: number | undefined,
  ageMin: number,
  ends: readonly [low: number, high: number] | undefined,
];

/** What is said of a stream of these partitions, in windows of a minute. */
function verdictOf(told: readonly Told[]) {
  const stored = told.flatMap(([offset, ageMin], at) =>
    offset === undefined
      ? []
      : [{ stream: 'bids', partition: `bids-${String(at)}`, server: '', offset, newestMs: NOW - ageMin * MINUTE_MS }],
  );
  const known = told.flatMap(([, , ends], at): (readonly [string, Ends])[] =>
    ends === undefined ? [] : [[`bids-${String(at)}`, { low: ends[0], high: ends[1] }]],
  );
  const ends = known.length === 0 ? undefined : new Map([['bids', new Map(known)]]);
  const facts = { nowMs: NOW, processes: [], claims: [], partitions: stored };
  const state = ends === undefined ? 'unknown' : 'known';
  const report = clusterReport(facts, ['bids'], { state, detail: '', ends });
  return lagVerdict(report.streams[0]!, MINUTE_MS);
}

describe('the lag of a stream', () => {
  it.each<[string, string, readonly Told[], RegExp]>([
    ['all stored', 'ok', [[10, 1, [0, 10]]], /^every record is stored; .* 60\.0 s old$/],
    ['all stored of an emptied partition', 'ok', [[10, 1, [10, 10]]], /^every record is stored/],
    ['all stored, and nothing newer comes', 'warn', [[10, 11, [0, 10]]], /^every record is stored; .* 11 min old$/],
    ['a little behind', 'ok', [[8, 1, [0, 10]]], /^2 records behind, most of them in bids-0 \(2\)/],
    ['minutes behind', 'warn', [[8, 3, [0, 10]]], /^2 records behind/],
    ['long behind', 'FAIL', [[8, 16, [0, 10]]], /^2 records behind/],
    [
      'one partition long behind',
      'FAIL',
      [
        [9, 0, [0, 9]],
        [1, 16, [0, 4]],
      ],
      /^3 records behind, most of them in bids-1/,
    ],
    [
      'a quiet partition beside a live one',
      'ok',
      [
        [9, 0, [0, 9]],
        [4, 60, [0, 4]],
      ],
      /^every record is stored/,
    ],
    [
      'a partition nobody began',
      'warn',
      [
        [9, 0, [0, 9]],
        [undefined, 0, [5, 9]],
      ],
      /^4 records .* nothing of bids-1 is stored$/,
    ],
    ['records deleted unread', 'FAIL', [[4, 0, [6, 9]]], /^Kafka deleted records before they were read: 2 of bids-0$/],
    ['a topic made anew', 'FAIL', [[40, 0, [0, 9]]], /^more is stored than the topic has: bids-0$/],
    ['nothing at all', 'warn', [[undefined, 0, [0, 0]]], /^nothing is stored of it yet$/],
    ['no word from Kafka', 'ok', [[9, 1, undefined]], /^the newest event stored is 60\.0 s old$/],
  ])('%s: %s', (_, level, told, detail) => {
    const verdict = verdictOf(told);
    expect(verdict.detail).toMatch(detail);
    expect(verdict.level).toBe(level);
  });
});
