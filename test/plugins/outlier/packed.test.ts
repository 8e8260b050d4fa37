import { describe, expect, it } from 'vitest';
import { packed, unpack } from '../../../plugins/outlier/kept/packed.ts';

describe('packed numbers', () => {
  it.each([[[]], [[0]], [[-0, 1.5, 5e-324, 1e308]], [[Math.PI, -Math.E]], [[1, 2, 3]]])('come back: %j', (values) => {
    const into = new Float64Array(values.length);
    unpack(packed(Float64Array.from(values)), into);
    expect([...into]).toEqual(values);
  });

  it.each([0, 1, 2, 3, 4, 5])('are base64 as others write it: %d bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, at) => 251 * (at + 1));
    expect(packed(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    const into = new Uint8Array(length);
    unpack(packed(bytes), into);
    expect(into).toEqual(bytes);
  });

  it('leave the rest alone where there are fewer, and out what has no room', () => {
    const into = Uint8Array.of(9, 9, 9, 9);
    unpack(packed(Uint8Array.of(1, 2, 3)), into);
    expect([...into]).toEqual([1, 2, 3, 9]);
    unpack(packed(Uint8Array.of(1, 2, 3, 4, 5, 6)), into);
    expect([...into]).toEqual([1, 2, 3, 4]);
  });
});
