import { describe, expect, it } from 'vitest';
import { shapeOfText, shapeText } from '../../../core/events/shape.ts';
import { decodeText, LIMITS } from './decoding.ts';

const line = (event: object): string => JSON.stringify({ ts: LIMITS.earliestMs, server: 's1', ...event });

describe('the form of an event', () => {
  it('is one object for all events of the same form', () => {
    const { shapes } = decodeText(`${line({ a: 1 })}\n${line({ a: 2 })}\n${line({ a: 'x' })}\n`);
    expect(shapes[0]).toBe(shapes[1]);
    expect(shapes[0]).not.toBe(shapes[2]);
  });

  it('as text gives itself back, whatever the keys are', () => {
    const event = { 'a b:c': 1, 'ü%': null, '': [], o: {}, x: true, y: 'z' };
    const [shape] = decodeText(line(event)).shapes;
    expect(shape?.members.map(({ type }) => type)).toEqual([
      'number',
      'string',
      'number',
      'null',
      'array',
      'object',
      'boolean',
      'string',
    ]);
    expect(shapeOfText(shapeText(shape!))).toEqual(shape);
    expect(shapeText({ members: [] })).toBe('');
    expect(shapeOfText('')).toEqual({ members: [] });
  });
});
