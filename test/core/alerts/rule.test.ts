import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../core/alerts/fingerprint.ts';
import { alertLabels, matches, ruleSpec } from '../../../core/alerts/rule.ts';
import { findingOf, ruleOf } from './alerting.ts';

describe('a rule matches a finding', () => {
  it.each<[string, object, boolean]>([
    ['of everything when nothing narrows it', {}, true],
    ['of its plugin', { plugin: 'outlier' }, true],
    ['not of another plugin', { plugin: 'completeness' }, false],
    ['of its check', { check: 'unusually-low' }, true],
    ['not of another check', { check: 'unusually-high' }, false],
    ['of its stream', { stream: 'bids' }, true],
    ['not of another stream', { stream: 'wins' }, false],
    ['of its severity and above', { severityMin: 'warning' }, true],
    ['not below its severity', { severityMin: 'critical' }, false],
    ['by a label of the series', { labels: { exchange: 'x7' } }, true],
    ['by a label of the finding', { labels: { metric: 'fill' } }, true],
    ['not when one of its labels differs', { labels: { exchange: 'x7', metric: 'events' } }, false],
    ['not by a label that the finding has not', { labels: { device: '' } }, false],
  ])('%s', (_, match, expected) => {
    expect(matches(ruleOf({ match }), findingOf(0))).toBe(expected);
  });

  it('not when it is off', () => {
    expect(matches(ruleOf({ enabled: false }), findingOf(0))).toBe(false);
  });

  it('of an info only when asked for', () => {
    const info = findingOf(0, { severity: 'info' });
    expect([matches(ruleOf(), info), matches(ruleOf({ match: { severityMin: 'info' } }), info)]).toEqual([false, true]);
  });
});

describe('a rule as it is given', () => {
  it('has a default for everything but its name', () => {
    expect(ruleSpec.parse({ name: 'x' })).toMatchObject({
      enabled: true,
      forWindows: 1,
      resolveAfterWindows: 3,
      match: { severityMin: 'warning' },
    });
  });

  it.each<[string, object]>([
    ['without a name', {}],
    ['with an unknown setting', { name: 'x', colour: 'red' }],
    ['with an unknown condition', { name: 'x', match: { colour: 'red' } }],
    ['for no window at all', { name: 'x', forWindows: 0 }],
  ])('is refused %s', (_, spec) => {
    expect(ruleSpec.safeParse(spec).success).toBe(false);
  });
});

describe('labels of an alert', () => {
  it('are those of the finding, then those of the rule, and its name', () => {
    const rule = ruleOf({ labels: { exchange: 'other', alertname: 'mine' } });
    expect(alertLabels(rule, findingOf(0))).toMatchObject({ exchange: 'other', alertname: 'Low fill', stream: 'bids' });
  });

  it('cannot take the place of what says the finding', () => {
    expect(alertLabels(ruleOf(), findingOf(0, { labels: { plugin: 'mine', stream: 'mine' } }))).toMatchObject({
      plugin: 'outlier',
      stream: 'bids',
    });
  });
});

describe('a fingerprint', () => {
  // The values of TestMetricToFingerprint in prometheus/common, model/signature_test.go.
  it.each<[Record<string, string>, bigint]>([
    [{}, 14_695_981_039_346_656_037n],
    [{ name: 'garland, briggs', fear: 'love is not enough' }, 5_799_056_148_416_392_346n],
  ])('of %j is the one that Prometheus gives', (labels, value) => {
    expect(fingerprintOf(labels)).toBe(value.toString(16).padStart(16, '0'));
  });

  it('does not care in which order the labels were written', () => {
    expect(fingerprintOf({ a: '1', b: '2' })).toBe(fingerprintOf({ b: '2', a: '1' }));
  });

  it('tells where a name ends and a value begins', () => {
    expect(fingerprintOf({ ab: 'c' })).not.toBe(fingerprintOf({ a: 'bc' }));
  });
});
