import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertsOf, inOrder, MINUTE_MS, ruleOf, type Told } from './alerting.ts';

/** Status after each window: P pending, F firing, R resolved, - no alert. */
const statuses = (letters: string, rule: object = {}): string =>
  alertsOf(ruleOf(rule), inOrder(letters))
    .map((alert) => (alert === undefined ? '-' : alert.status.charAt(0).toUpperCase()))
    .join('');
const last = (letters: string, rule: object = {}): ReturnType<typeof alertsOf>[number] =>
  alertsOf(ruleOf(rule), inOrder(letters)).at(-1);

describe('an alert goes from status to status', () => {
  it.each<[string, object, string, string]>([
    ['fires at once', {}, 'w', 'F'],
    ['begins with the first finding', {}, '..w', '--F'],
    ['is resolved after three windows without', {}, 'w...', 'FFFR'],
    ['goes on when the finding comes back in time', {}, 'w..w...', 'FFFFFFR'],
    ['is pending until the finding lasted', { forWindows: 3 }, 'wwww', 'PPFF'],
    ['begins to count anew after a gap', { forWindows: 3 }, 'ww.wwww', 'PPPPPFF'],
    ['is resolved without having fired', { forWindows: 3 }, 'w...', 'PPPR'],
    ['fires on through short gaps', { forWindows: 2 }, 'ww.w.w...', 'PFFFFFFFR'],
    ['fires again', {}, 'w...w', 'FFFRF'],
    ['is pending again', { forWindows: 2 }, 'ww...ww', 'PFFFRPF'],
    ['is resolved at once by a rule of one window', { resolveAfterWindows: 1 }, 'w.w', 'FRF'],
  ])('%s', (_, rule, letters, expected) => {
    expect(statuses(letters, rule)).toBe(expected);
  });
});

describe('an alert shows', () => {
  it('when its episode began and ended, in event time', () => {
    expect(last('..ww')).toMatchObject({ startsAtMs: 2 * MINUTE_MS, endsAtMs: undefined });
    expect(last('..ww...')).toMatchObject({ startsAtMs: 2 * MINUTE_MS, endsAtMs: 4 * MINUTE_MS });
    expect(last('w...ww')).toMatchObject({ startsAtMs: 4 * MINUTE_MS, endsAtMs: undefined });
  });

  it('the worst severity of its episode, and that of the next one by itself', () => {
    expect(last('wcw')?.severity).toBe('critical');
    expect(last('iwi')?.severity).toBe('warning');
    expect(last('c...w')?.severity).toBe('warning');
  });

  it('when anything of it changed, which is not each window that it heard of', () => {
    const changes = alertsOf(ruleOf(), inOrder('w...ww')).map((alert) => (alert?.changedAtMs ?? 0) - 1e9);
    expect(changes).toEqual([0, 0, 0, 3, 4, 5]);
  });

  it('its newest finding', () => {
    expect(last('ww.')?.latest).toMatchObject({
      findingId: 'f1',
      text: 'text 1',
      evidenceSql: 'SELECT 1',
      startMs: MINUTE_MS,
    });
    expect(
      alertsOf(ruleOf(), [
        [3, 'w'],
        [1, 'w'],
      ]).at(-1)?.latest.findingId,
    ).toBe('f3');
  });

  it('annotations filled from labels and text', () => {
    expect(last('w', { annotations: { summary: '{alertname}: {exchange} {metric}, {text}' } })?.annotations).toEqual({
      summary: 'Low fill: x7 fill, text 0',
    });
  });

  it('an id that stays, of rule and labels', () => {
    const [first, ...others] = alertsOf(ruleOf({ labels: { team: 'ads' } }), inOrder('w...wc'));
    expect(first?.labels).toEqual({
      exchange: 'x7',
      metric: 'fill',
      plugin: 'outlier',
      check: 'unusually-low',
      stream: 'bids',
      team: 'ads',
      alertname: 'Low fill',
    });
    expect(new Set(others.map((alert) => alert?.id))).toEqual(new Set([first?.id]));
  });
});

describe('news', () => {
  it('told twice changes nothing, not even the time of the last change', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[.wc]{1,12}$/), (letters) => {
        const alerts = alertsOf(
          ruleOf({ forWindows: 2 }),
          inOrder(letters).flatMap((told) => [told, told]),
        );
        for (let at = 0; at < alerts.length; at += 2)
          if (alerts[at] !== undefined) expect(alerts[at + 1]).toBe(alerts[at]);
      }),
    );
  });

  it('that takes the only finding back resolves the alert', () => {
    expect(
      alertsOf(ruleOf(), [
        [0, 'w'],
        [0, '.'],
      ]).map((alert) => alert?.status),
    ).toEqual(['firing', 'resolved']);
  });

  it('that takes back a finding in the middle makes it pending no longer', () => {
    expect(
      alertsOf(ruleOf({ forWindows: 3 }), [
        [0, 'w'],
        [1, 'w'],
        [1, '.'],
        [2, 'w'],
      ]).at(-1)?.status,
    ).toBe('pending');
  });

  /** What becomes of presence told in order of time: the state machine in its plainest form. */
  const plain = (letters: string, forWindows: number, resolveAfter: number): string => {
    let status = 'resolved';
    let [present, absent] = [0, 0];
    for (const letter of letters) {
      [present, absent] = letter === '.' ? [0, absent + 1] : [present + 1, 0];
      if (present >= forWindows) status = 'firing';
      else if (present > 0 && status === 'resolved') status = 'pending';
      else if (absent >= resolveAfter) status = 'resolved';
    }
    return status;
  };
  const windows = fc.stringMatching(/^[.w]{0,11}w[.w]{0,4}$/);
  const terms = fc.record({
    forWindows: fc.integer({ min: 1, max: 4 }),
    resolveAfterWindows: fc.integer({ min: 1, max: 4 }),
  });

  it('in order of time gives what the plain state machine gives', () => {
    fc.assert(
      fc.property(windows, terms, (letters, rule) => {
        expect(last(letters, rule)?.status).toBe(plain(letters, rule.forWindows, rule.resolveAfterWindows));
      }),
      { numRuns: 500 },
    );
  });

  it('in any order gives the same', () => {
    const shuffled = windows.chain((letters) =>
      fc.tuple(fc.constant(letters), fc.shuffledSubarray(inOrder(letters), { minLength: letters.length }), terms),
    );
    fc.assert(
      fc.property(shuffled, ([letters, order, rule]) => {
        // Twice, since what is told before the first finding is told to nobody.
        const alert = alertsOf(ruleOf(rule), [...order, ...order]).at(-1);
        expect(alert?.status).toBe(plain(letters, rule.forWindows, rule.resolveAfterWindows));
      }),
      { numRuns: 500 },
    );
  });

  it('in order of time gives the same when most windows are forgotten, and when late news come for those that are not', () => {
    const letters = fc.array(fc.constantFrom('.', '.', '.', 'w', 'w'), { minLength: 150, maxLength: 250 });
    fc.assert(
      fc.property(letters, fc.nat({ max: 99 }), terms, (told, back, rule) => {
        const at = told.length - 1 - back;
        const mended = told.map((letter, index) => (index === at ? (letter === '.' ? 'w' : '.') : letter));
        const news: Told[] = [...inOrder(`w${told.join('')}`), [at + 1, mended[at] ?? '.']];
        const alert = alertsOf(ruleOf(rule), news).at(-1);
        expect(alert?.status).toBe(plain(`w${mended.join('')}`, rule.forWindows, rule.resolveAfterWindows));
      }),
      { numRuns: 30 },
    );
  });

  it('is remembered for a bounded number of windows', () => {
    const many: Told[] = Array.from({ length: 500 }, (_, at) => [at, at % 2 === 0 ? 'w' : '.']);
    expect(alertsOf(ruleOf(), many).at(-1)?.recent.length).toBeLessThanOrEqual(3 + 100);
  });
});
