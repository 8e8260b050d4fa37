import type { ClosedWindow } from '../windows/closedWindow.ts';
import { windows } from './windows.ts';

/** Windows in which most things happen that a plugin may meet: noise, drops of a part, silence, ratios, lost and repeated events. */
export const busyWindows = (): ClosedWindow[] =>
  windows({
    series: {
      '': { events: '300~17 x80, 150~12 x4, 300~17 x20', fill: '30~5/100 x104', price: '12.5~0.5 x104' },
      'exchange=x1': { events: '100~10 x80, 10~3 x4, 100~10 x20', fill: '50~7/100 x60, 20~5/100 x20, 50~7/100 x24' },
      'exchange=x2': { events: '100~10 x80, _ x6, 100~10 x18', price: '8.5~0.1 x70, 80.5~1 x5, 8.5~0.1 x29' },
      'exchange=x3': '1 x20, _ x20, 2 x64',
    },
    servers: {
      s1: { received: '100 x60, 90 x3, 100 x41', announced: '100 x104' },
      s2: { received: '100 x50, _ x10, 100 x44', heartbeat: '1 x50, 0 x10, 1 x44' },
      s3: { received: '110 x104', repeated: '0 x70, 10 x5, 0 x29', missingBySequence: '0 x40, 9 x4, 0 x60' },
      s4: { received: '_ x30, 100 x74', missingByManifest: '0 x90, 7 x4, 0 x10' },
    },
  });

/** What a sum may be: any finite number. What a count of events may be: a whole one. */
const SUMS = '0 x2, 1e308 x2, 1e-308 x2, -1e308 x2, _ x2, 1e15 x2, 1e308 x1, 100 x5';
const COUNTS = '0 x2, 9007199254740991 x2, 1 x2, 0 x2, _ x2, 1000000000000 x2, 1 x1, 100 x5';

/** Nothing at all, silence, and numbers as large and as small as there are; some of it after a calm past, where a plugin has learned to judge. */
export const hardWindows = (): Readonly<Record<string, readonly ClosedWindow[]>> => ({
  'no series and no servers': windows({ series: {}, servers: {} }).concat(
    windows({ series: { '': '_ x40' } }).map((closed) => ({ ...closed, series: [] })),
  ),
  'silence from the beginning': windows({
    series: { '': { events: '_ x60', fill: '_ x60' }, 'exchange=x1': '_ x60' },
    servers: { s1: '_ x60' },
  }),
  'zeros only': windows({
    series: { '': { events: '0 x60', fill: '0/0 x60', price: '0 x60' } },
    servers: { s1: { received: '0 x60', announced: '0 x60' } },
  }).map(withoutNaN),
  'extremes from the beginning': windows({
    series: { '': { events: COUNTS, fill: '0/1e308 x10, 1e308/1e-308 x10', price: SUMS } },
    servers: { s1: { received: COUNTS, announced: '1e308 x10, 0 x5, -1e308 x5' } },
  }).map(withoutNaN),
  'extremes after calm': windows({
    series: {
      '': {
        events: `100~10 x60, ${COUNTS}`,
        fill: '30~5/100 x60, 0/0 x5, 1e308/1 x5, 0/1e308 x5',
        price: `0.5~0.1 x60, ${SUMS}`,
      },
      'exchange=x1': { events: `100~10 x60, ${COUNTS}`, price: `1e-300 x60, ${SUMS}` },
      'exchange=x2': { events: `100~10 x60, ${COUNTS}`, price: `1e300 x60, ${SUMS}` },
    },
    servers: {
      s1: {
        received: `100 x60, ${COUNTS}`,
        announced: '100 x60, 1e308 x10, 0 x4, -1e308 x4',
        repeated: '0 x70, 100 x8',
      },
    },
  }).map(withoutNaN),
});

/** The host shows a ratio without a finite value as none. */
const withoutNaN = (closed: ClosedWindow): ClosedWindow => ({
  ...closed,
  series: closed.series.map((one) => ({
    ...one,
    metrics: new Map(
      [...one.metrics].map(([name, of]) => [name, Number.isFinite(of.value) ? of : { ...of, value: undefined }]),
    ),
  })),
});
