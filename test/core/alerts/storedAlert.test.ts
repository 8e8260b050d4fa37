import { describe, expect, it } from 'vitest';
import { step } from '../../../core/alerts/alert.ts';
import { storedAlert } from '../../../core/alerts/storedAlert.ts';
import { alertsOf, findingOf, inOrder, MINUTE_MS, ruleOf } from './alerting.ts';

const last = (letters: string): NonNullable<ReturnType<typeof alertsOf>[number]> => {
  const alert = alertsOf(ruleOf(), inOrder(letters)).at(-1);
  if (alert === undefined) throw new Error('there is a finding in it');
  return alert;
};

/** As a Touchstone before restatements wrote an alert down. */
function olderJson(letters: string): string {
  const { stream: _, past: __, endings: ___, recent, latest, ...alert } = last(letters);
  const { revision: ____, ...shown } = latest;
  return JSON.stringify({ ...alert, latest: shown, recent: recent.slice(-19).map(([at, how]) => [at, how !== '']) });
}

describe('a stored alert', () => {
  it('is read as it was', () => {
    const alert = last('w.cw...');
    expect(storedAlert(JSON.stringify(alert))).toEqual(alert);
  });

  it('of an older Touchstone goes on as it was', () => {
    const alert = storedAlert(olderJson('w.w'));
    expect(alert).toMatchObject({ stream: 'bids', status: 'firing', endings: 0, past: undefined });
    expect(alert.recent).toEqual(last('w.w').recent);
  });

  it('of an older Touchstone keeps firing though the windows that began it are forgotten', () => {
    const rule = ruleOf({ forWindows: 2 });
    const alert = storedAlert(olderJson(`ww${'.w'.repeat(12)}`));
    const finding = findingOf(27);
    const news = { startMs: 27 * MINUTE_MS, endMs: 28 * MINUTE_MS, finding };
    expect(step(rule, alert, [news], 2e9)).toMatchObject({ status: 'firing', startsAtMs: 0 });
  });
});
