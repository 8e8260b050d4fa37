import { describe, expect, it } from 'vitest';
import { type Notice, noticesOf } from '../../../core/alerts/notice.ts';
import { alertsOf, inOrder, ruleOf, type Told } from './alerting.ts';

/** Reasons told after each window, by a rule that reminds every hour; `lastToldMs` stays what it is. */
function told(
  letters: string,
  rule: object = {},
  at = { nowMs: 1e9, lastToldMs: undefined as number | undefined },
): (Notice | undefined)[] {
  const parsed = ruleOf({ repeatEveryMs: 3_600_000, ...rule });
  const alerts = alertsOf(parsed, inOrder(letters));
  return alerts.map((after, index) => {
    if (after === undefined) return undefined;
    const notices = noticesOf(parsed, alerts[index - 1], after, at);
    expect(notices.length).toBeLessThanOrEqual(1);
    return notices[0];
  });
}
const reasons = (letters: string, rule: object = {}): string[] =>
  told(letters, rule).map((notice) => notice?.reason ?? '');

describe('somebody is told', () => {
  it.each<[string, object, string, string[]]>([
    ['when an alert fires, once', {}, 'www', ['first', '', '']],
    ['not while it is pending', { forWindows: 3 }, 'wwww', ['', '', 'first', '']],
    ['when it is resolved', {}, 'w...', ['first', '', '', 'resolved']],
    ['not when it is resolved without having fired', { forWindows: 3 }, 'w...', ['', '', '', '']],
    ['when it grew worse, not when it eases', {}, 'wcw', ['first', 'grown', '']],
    ['anew in the next episode', {}, 'w...w', ['first', '', '', 'resolved', 'first']],
  ])('%s', (_, rule, letters, expected) => {
    expect(reasons(letters, rule)).toEqual(expected);
  });

  it.each<[number | undefined, string | undefined]>([
    [undefined, undefined],
    [3_599_999, undefined],
    [3_600_000, 'reminder'],
  ])('again after repeatEveryMs: %s ms after the last time', (agoMs, reason) => {
    const lastToldMs = agoMs === undefined ? undefined : 1e9 - agoMs;
    expect(told('ww', {}, { nowMs: 1e9, lastToldMs })[1]?.reason).toBe(reason);
  });
});

describe('a notice', () => {
  it('is the same message when it is made again', () => {
    const [once, again] = [
      told('w', {}, { nowMs: 1e9, lastToldMs: undefined }),
      told('w', {}, { nowMs: 2e9, lastToldMs: undefined }),
    ];
    expect(once[0]?.id).toBe(again[0]?.id);
    expect([once[0]?.createdAtMs, again[0]?.createdAtMs]).toEqual([1e9, 2e9]);
  });

  it('is another message for each reason and episode', () => {
    const ids = told('wc...w...').flatMap((notice) => notice?.id ?? []);
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(5);
  });

  it('says what became of the alert', () => {
    const types = told('w...').map((notice) => notice?.type);
    expect([types[0], types[3]]).toEqual(['alert.firing', 'alert.resolved']);
    expect(told('w')[0]?.data['status']).toBe('firing');
  });
});

/** What is told when windows are told in this order. */
const toldOf = (rule: object, news: Parameters<typeof alertsOf>[1]): string[][] => {
  const parsed = ruleOf(rule);
  const alerts = alertsOf(parsed, news);
  return alerts.map((after, index) =>
    after === undefined
      ? []
      : noticesOf(parsed, alerts[index - 1], after, { nowMs: 1e9, lastToldMs: undefined }).map(
          ({ type, reason }) => `${type} ${reason}`,
        ),
  );
};
const RETRACTED = ['alert.retracted retracted', 'alert.resolved retracted'];

describe('of a window that is judged again it is told', () => {
  it.each<[string, object, Told[], string[]]>([
    [
      'that the only finding was taken back',
      {},
      [
        [0, 'w'],
        [0, '.'],
      ],
      RETRACTED,
    ],
    [
      'that an alert would not have fired',
      { forWindows: 2 },
      [
        [0, 'w'],
        [1, 'w'],
        [0, '.'],
      ],
      RETRACTED,
    ],
    [
      'nothing while another finding keeps it firing',
      {},
      [
        [0, 'w'],
        [1, 'w'],
        [0, '.'],
      ],
      [],
    ],
    [
      'that it is worse',
      {},
      [
        [0, 'w'],
        [0, 'c'],
      ],
      ['alert.firing grown'],
    ],
    [
      'nothing that eases it',
      {},
      [
        [0, 'c'],
        [0, 'w'],
      ],
      [],
    ],
    [
      'that it is confirmed in a later revision',
      {},
      [
        [0, 'w'],
        [0, 'w', 1],
      ],
      ['alert.confirmed confirmed'],
    ],
    [
      'that it fires after all',
      {},
      [
        [0, 'w'],
        [0, '.'],
        [0, 'w', 2],
      ],
      ['alert.firing first'],
    ],
  ])('%s', (_, rule, news, expected) => {
    expect(toldOf(rule, news).at(-1)).toEqual(expected);
  });

  it('nothing when the same is said of the same revision', () => {
    expect(
      toldOf({}, [
        [0, 'w'],
        [0, 'w'],
      ]),
    ).toEqual([['alert.firing first'], []]);
  });

  it('as another message when it fires after all, though the episode is the same', () => {
    const parsed = ruleOf();
    const alerts = alertsOf(parsed, [
      [0, 'w'],
      [0, '.'],
      [0, 'w', 2],
    ]);
    const ids = alerts.flatMap((after, index) =>
      after === undefined
        ? []
        : noticesOf(parsed, alerts[index - 1], after, { nowMs: 1e9, lastToldMs: undefined }).map(({ id }) => id),
    );
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
  });
});
