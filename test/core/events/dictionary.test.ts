import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dictionary } from '../../../core/events/dictionary.ts';

describe('a dictionary', () => {
  it('gives equal texts equal ids, counted up from 1, and gives them back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 200, size: 'max' }), (texts) => {
        const dictionary = new Dictionary();
        const wellFormed = texts.map((text) => text.toWellFormed());
        const ids = texts.map((text) => dictionary.internText(text));
        const distinct = [...new Set(wellFormed)];
        expect(ids).toEqual(wellFormed.map((text) => distinct.indexOf(text) + 1));
        expect(distinct.map((_, at) => dictionary.text(at + 1))).toEqual(distinct);
        expect(
          distinct.map((_, at) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(dictionary.bytes(at + 1))),
        ).toEqual(distinct);
        expect(dictionary.size).toBe(distinct.length + 1);
      }),
    );
  });

  it('keeps texts of the same hash apart', () => {
    const dictionary = new Dictionary();
    const bytes = new TextEncoder().encode('abcd');
    const [ab, cd] = [dictionary.intern(bytes, 0, 2, 5), dictionary.intern(bytes, 2, 4, 5)];
    expect([
      dictionary.text(ab),
      dictionary.text(cd),
      dictionary.intern(bytes, 0, 2, 5),
      dictionary.intern(bytes, 0, 3, 5),
    ]).toEqual(['ab', 'cd', ab, 3]);
  });

  it('has nothing at id 0 and beyond its size', () => {
    const dictionary = new Dictionary();
    expect([dictionary.text(0), dictionary.text(9), dictionary.bytes(9).length]).toEqual(['', '', 0]);
  });
});
