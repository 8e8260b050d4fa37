import { describe, expect, it } from 'vitest';
import { pluginContract } from '../../../core/testkit/contract.ts';
import { hostedCheck, judgeWindows, type Said } from '../../../core/testkit/judge.ts';
import { schemaWatch } from '../../../plugins/schema-watch/plugin.ts';
import { builds, decoded, type Stretch } from './observed.ts';

type Event = Readonly<Record<string, unknown>>;
const plain: Event = { device: 'ctv', priceMicros: 1_000, url: 'https://a.example/' };
const { device: _, ...withoutDevice } = plain;

/** So many windows of 100 events. */
const stretch = (windows: number, of: (at: number) => Event, events = 100): Stretch => ({ windows, events, of });
const usual = stretch(20, () => plain);
const every =
  (step: number, odd: Event, other: Event = plain) =>
  (at: number): Event =>
    at % step === 0 ? odd : other;

const judge = (stretches: Record<string, readonly Stretch[]>, options: object = {}): readonly Said[] =>
  judgeWindows(schemaWatch, options, builds(stretches));
/** Window, message, series and field of all that was said. */
const brief = (said: readonly Said[]): unknown[] =>
  said.map(({ at, message, series, labels }) => [at, message, series, labels['field']]);

describe('contract of schema-watch', () => {
  const shown = builds({
    a: [usual, stretch(4, every(2, withoutDevice)), usual, stretch(3, () => ({ ...plain, device: 'car' })), usual],
    b: [stretch(30, () => plain, 0), stretch(20, () => ({ ...plain, extra: true })), usual],
  });
  for (const { name, check } of pluginContract(schemaWatch, { shown })) it(name, check);
});

describe('a change is found in its first window', () => {
  it.each<[string, (at: number) => Event, string, string]>([
    ['a new field', () => ({ ...plain, consent: 'yes' }), 'field-added', 'consent'],
    ['a new field that only some events have', every(4, { ...plain, consent: 'yes' }), 'field-added', 'consent'],
    ['a field that is gone', () => withoutDevice, 'field-removed', 'device'],
    ['a field that is null where it never was', every(5, { ...plain, device: null }), 'null-rate-changed', 'device'],
    ['a field that is missing as often', every(5, withoutDevice), 'null-rate-changed', 'device'],
    ['a value that was never seen', every(5, { ...plain, device: 'car' }), 'new-enum-value', 'device'],
  ])('%s', (_, of, message, field) => {
    expect(brief(judge({ a: [usual, stretch(1, of)] }))).toEqual([[20, message, 'build=a', field]]);
  });

  it('another type of a field that is not declared', () => {
    const before = stretch(20, () => ({ ...plain, floor: 1.5 }));
    const said = judge({ a: [before, stretch(1, every(3, { ...plain, floor: '1.5' }, { ...plain, floor: 1.5 }))] });
    expect(brief(said)).toEqual([[20, 'type-changed', 'build=a', 'floor']]);
    expect(said[0]?.text).toBe('floor of requests{build=a} is string in 34 % of the events; it was number.');
  });

  it('a null rate that falls', () => {
    const half = stretch(20, every(2, { ...plain, device: null }));
    expect(brief(judge({ a: [half, stretch(1, () => plain)] }))).toEqual([
      [20, 'null-rate-changed', 'build=a', 'device'],
    ]);
  });
});

describe('chance and habit are not found', () => {
  it.each<[string, Stretch[]]>([
    ['the same events for ever', [stretch(100, () => plain)]],
    ['a rate that was always so', [stretch(100, every(3, withoutDevice))]],
    ['a change smaller than is to be reported', [usual, stretch(5, every(50, withoutDevice))]],
    ['a change in a window of few events', [usual, stretch(5, every(2, withoutDevice), 4)]],
    ['a new value that comes too seldom', [usual, stretch(1, every(50, { ...plain, device: 'car' }))]],
    [
      'values that are ever new',
      Array.from({ length: 30 }, (_, w) =>
        stretch(1, (at) => ({ ...plain, device: `d${String(w)}-${String(at % 8)}` })),
      ),
    ],
    [
      'more values than an enumeration has',
      [
        stretch(20, (at) => ({ ...plain, device: `d${String(at % 40)}` })),
        stretch(5, () => ({ ...plain, device: 'car' })),
      ],
    ],
    ['silence', [usual, stretch(5, () => plain, 0)]],
    ['anything while it is learned', [stretch(14, () => plain), stretch(1, () => withoutDevice)]],
    ['anything while too few events were seen', [stretch(20, () => plain, 10), stretch(1, () => withoutDevice)]],
  ])('%s', (_, stretches) => {
    expect(judge({ a: stretches })).toEqual([]);
  });
});

describe('a new build', () => {
  it('is compared with the fleet from its first window', () => {
    const said = judge({ a: [usual, usual], b: [stretch(20, () => plain, 0), stretch(1, () => withoutDevice)] });
    expect(brief(said)).toEqual([[20, 'field-removed', 'build=b', 'device']]);
  });

  it('says nothing when it is like the fleet', () => {
    expect(judge({ a: [usual, usual], b: [stretch(20, () => plain, 0), usual] })).toEqual([]);
  });

  it('is compared with itself once it has a history', () => {
    const odd = stretch(40, () => withoutDevice);
    const said = judge({ a: [stretch(60, () => plain)], b: [odd, stretch(1, () => plain)] });
    expect(said.filter(({ series }) => series === 'build=b').map(({ at, message }) => [at, message])).toContainEqual([
      40,
      'field-added',
    ]);
  });
});

describe('a change that lasts', () => {
  const said = judge({ a: [usual, stretch(50, () => withoutDevice)] }, { acceptWindows: 10 });

  it('is reported acceptWindows times and then is what is usual', () => {
    expect(said.map(({ at }) => at)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  });

  it('is reported anew when it ends', () => {
    const back = judge(
      { a: [usual, stretch(50, () => withoutDevice), stretch(1, () => plain)] },
      { acceptWindows: 10 },
    );
    expect(brief(back).at(-1)).toEqual([70, 'field-added', 'build=a', 'device']);
  });

  it('keeps the values that were ever seen', () => {
    const nulls = stretch(15, () => ({ ...plain, device: null }));
    const back = judge({ a: [usual, nulls, stretch(1, () => plain)] }, { acceptWindows: 10 });
    expect(back.some(({ message }) => message === 'new-enum-value')).toBe(false);
  });
});

describe('what it says', () => {
  it('has evidence that narrows to the events of the change', () => {
    const evidenceOf = (of: (at: number) => Event): unknown => judge({ a: [usual, stretch(1, of)] })[0]?.evidence;
    expect(evidenceOf(() => withoutDevice)).toEqual([{ column: 'device', is: 'null' }]);
    expect(evidenceOf(every(5, { ...plain, device: 'car' }))).toEqual([{ column: 'device', is: '=', value: 'car' }]);
    expect(evidenceOf(every(5, { ...plain, device: null }))).toEqual([{ column: 'device', is: 'null' }]);
  });

  it('is rarer than asked, and never rarer than the bound of Chernoff and Hoeffding', () => {
    const [said] = judge({ a: [usual, stretch(1, every(5, withoutDevice))] });
    // 20 of 100 where at most 1 of 2000 was ever missing: exp(-100 KL(0.2 || 1/2000)).
    const bound = Math.exp(-100 * (0.2 * Math.log(0.2 * 2_000) + 0.8 * Math.log(0.8 / (1 - 1 / 2_000))));
    expect(said?.rarity).toBeLessThanOrEqual(1e-9);
    expect(said?.rarity).toBeGreaterThan(bound / 10);
  });
});

describe('lines that are refused for their type', () => {
  const refused = (events: readonly Event[], options: object = {}): readonly Said[] =>
    hostedCheck(schemaWatch, options).process(decoded(events));

  it('are reported at once, from refusedMin on', () => {
    const bad: Event[] = [{ priceMicros: '12' }, { priceMicros: '13' }, { priceMicros: '14' }];
    expect(refused([plain, ...bad]).map(({ message, text }) => [message, text])).toEqual([
      ['type-changed', 'priceMicros of requests is string in 75 % of the events; it was number.'],
    ]);
    expect(refused([plain, ...bad.slice(1)])).toEqual([]);
    expect(refused([plain, ...bad.slice(1)], { refusedMin: 2 })).toHaveLength(1);
  });

  it.each<[string, Event]>([
    ['null', { priceMicros: null }],
    ['a fraction, which has the right JSON type', { priceMicros: 1.5 }],
    ['another field of the right type', { priceMicros: 12 }],
  ])('are not reported for %s', (_, event) => {
    expect(refused([event, event, event])).toEqual([]);
  });

  it.each<[string, Event, string]>([
    ['an object for a text', { url: {} }, 'object'],
    ['a number for a category', { device: 7 }, 'number'],
    ['a boolean for a text', { url: true }, 'boolean'],
  ])('are reported for %s', (_, event, type) => {
    expect(refused([event, event, event]).map(({ data }) => data['type'])).toEqual([type]);
  });

  it('are counted over batches of the same minute, and never as more than all lines', () => {
    const { process } = hostedCheck(schemaWatch, {});
    const bad = decoded([{ device: 7 }, { device: 8 }]);
    expect([process(bad), process(bad)].map((said) => said.length)).toEqual([0, 1]);
    expect(Number(process(bad)[0]?.data['percent'])).toBeLessThanOrEqual(100);
  });

  it('are counted anew in the next minute', () => {
    const { process } = hostedCheck(schemaWatch, {});
    expect(process(decoded([{ device: 7 }, { device: 8 }]))).toEqual([]);
    expect(process(decoded([{ device: 7 }, { device: 8 }], 60_000))).toEqual([]);
  });
});

describe('names that JavaScript gives every object', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a field named %s is a field like others',
    (name) => {
      const event = JSON.parse(`{ "device": "ctv", ${JSON.stringify(name)}: 1 }`) as Event;
      expect(judge({ a: [stretch(30, () => event)] })).toEqual([]);
      expect(
        brief(judge({ a: [usual, stretch(1, () => ({ ...plain, ...event }))] })).map((one) => (one as unknown[])[3]),
      ).toEqual([name]);
    },
  );

  it.each(['constructor', 'toString', '__proto__'])('a value %s is a value like others', (value) => {
    expect(brief(judge({ a: [usual, stretch(1, every(5, { ...plain, device: value }))] }))).toEqual([
      [20, 'new-enum-value', 'build=a', 'device'],
    ]);
  });
});
