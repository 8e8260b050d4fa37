import { describe, expect, it } from 'vitest';
import { type JudgedWindow, restatedNotice, stateNotices } from '../../../core/alerts/windowNotice.ts';

const WINDOW: JudgedWindow = {
  ...{ stream: 'bids', startMs: 60_000, endMs: 120_000, state: 'ready', revision: 0, events: 5 },
  ...{ serversExpected: 2, serversArrived: 1 },
};
const RESTATED = { ...WINDOW, revision: 2, events: 9, revisionBefore: 1, eventsBefore: 5 };

describe('a window is told', () => {
  it.each<[JudgedWindow['state'], string[]]>([
    ['ready', ['window.ready']],
    ['complete', ['window.ready', 'window.complete']],
    ['sealed', ['window.ready', 'window.sealed']],
  ])('%s', (state, types) => {
    expect(stateNotices({ ...WINDOW, state }, 1e9).map(({ type }) => type)).toEqual(types);
  });

  it('under the same id in whichever revision it reached a state, and each restatement under its own', () => {
    const idsOf = (window: JudgedWindow): string[] => stateNotices(window, 1e9).map(({ id }) => id);
    expect(idsOf({ ...WINDOW, revision: 3 })).toEqual(idsOf(WINDOW));
    const others = [
      { ...WINDOW, startMs: 0 },
      { ...WINDOW, stream: 'packets' },
    ].flatMap(idsOf);
    const restated = [RESTATED, { ...RESTATED, revision: 3 }].map((each) => restatedNotice(each, 1e9).id);
    expect(new Set([...idsOf({ ...WINDOW, state: 'complete' }), ...others, ...restated]).size).toBe(6);
  });

  it('as restated with what it was when it was told last', () => {
    expect(restatedNotice(RESTATED, 1e9)).toMatchObject({
      ...{ type: 'window.restated', about: 'window/bids/60000', stream: 'bids', windowEndMs: 120_000 },
      data: { revision: 2, events: 9, before: { revision: 1, events: 5 }, startMs: 60_000 },
    });
  });
});
