import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortFloats } from '../../../core/sketch/sortFloats.ts';

const sorted = (values: readonly number[]): Float32Array => {
  const floats = Float32Array.from(values);
  sortFloats(floats);
  return floats;
};

describe('sorting floats', () => {
  it('puts them in the order of the native sort, the two zeros apart, infinities too', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 3_000, size: 'max' }), (values) => {
        expect(sorted(values)).toEqual(Float32Array.from(values).sort());
      }),
    );
  });

  it.each([0, 1, 127, 128, 1_024, 5_000])('of %d values', (length) => {
    const values = Array.from({ length }, (_, at) => Math.sin(at * at) * 10 ** ((at % 60) - 30));
    expect(sorted(values)).toEqual(Float32Array.from(values).sort());
  });

  it('sorts a part of an array and leaves the rest', () => {
    const all = Float32Array.from({ length: 600 }, (_, at) => 600 - at);
    sortFloats(all.subarray(100, 400));
    expect(all[99]).toBe(501);
    expect(all[400]).toBe(200);
    expect(all.subarray(100, 400)).toEqual(Float32Array.from({ length: 300 }, (_, at) => 201 + at));
  });
});
