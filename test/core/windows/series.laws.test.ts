import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelsOf, namedSeries, seriesName, seriesText } from '../../../core/windows/series.ts';

it('a series text gives its labels back, whatever the values hold', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), (values) => {
      const cut = ['exchange', 'country', 'device'].slice(0, values.length);
      expect(labelsOf(seriesText(cut, values))).toEqual(
        Object.fromEntries(cut.map((dimension, at) => [dimension, values[at]])),
      );
    }),
  );
});

it('different values never give the same text', () => {
  expect(seriesText(['a', 'b'], ['1,b=2', ''])).not.toBe(seriesText(['a', 'b'], ['1', '2']));
});

it('a name gives stream and series back, whatever the values hold', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 3 }), (values) => {
      const series = seriesText(['exchange', 'country', 'device'].slice(0, values.length), values);
      expect(namedSeries(seriesName('requests', series))).toEqual({ stream: 'requests', series });
    }),
  );
});
