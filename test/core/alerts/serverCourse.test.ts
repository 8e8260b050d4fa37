import { describe, expect, it } from 'vitest';
import { ServerCourse, type ServerTurn, type Silence } from '../../../core/alerts/serverCourse.ts';

const MINUTE_MS = 60_000;

/** What is told after windows of s1 and s2: `-` both are heard, `x` s1 is expected no longer, `1` or `2` that one is silent, `b` both, `o` nobody is heard of at all, `?` too many to be named. */
function told(letters: string, course = new ServerCourse(), first = 0): string[] {
  return Array.from(letters).flatMap((letter, at) =>
    hear(course, letter, first + at).map(
      ({ server, type, sinceMs }) => `${String(first + at)}: ${server} ${type} ${String(sinceMs / MINUTE_MS)}`,
    ),
  );
}

function hear(course: ServerCourse, letter: string, at: number): readonly ServerTurn[] {
  const silent = { '-': [], x: [], '1': ['s1'], '2': ['s2'], b: ['s1', 's2'], o: ['s1', 's2'] }[letter];
  return course.hear({
    ...{ startMs: at * MINUTE_MS, endMs: (at + 1) * MINUTE_MS, peersLive: letter !== 'o' },
    left: letter === 'x' ? ['s1'] : [],
    silent: silent === undefined ? undefined : new Set(silent),
  });
}

describe('it is told', () => {
  it.each<[string, string, string[]]>([
    ['nothing while all are heard', '---', []],
    ['that a server falls silent, once', '-11', ['1: s1 server.silent 1']],
    ['that it comes back', '-1-', ['1: s1 server.silent 1', '2: s1 server.back 1']],
    ['that it is dead after three windows', '11111', ['0: s1 server.silent 0', '2: s1 server.dead 0']],
    ['that a dead one comes back', '111--', ['0: s1 server.silent 0', '2: s1 server.dead 0', '3: s1 server.back 0']],
    ['of each server by itself', '1b2', ['0: s1 server.silent 0', '1: s2 server.silent 1', '2: s1 server.back 0']],
    ['of nobody that is dead while nobody lives', 'oooo', ['0: s1 server.silent 0', '0: s2 server.silent 0']],
    ['nothing of windows that name nobody', '1?????', ['0: s1 server.silent 0']],
  ])('%s', (_, letters, expected) => {
    expect(told(letters)).toEqual(expected);
  });

  it('nothing again of what was told before a restart', () => {
    const known: [string, Silence][] = [['s1', { state: 'dead', sinceMs: 0 }]];
    expect(told('11', new ServerCourse(known), 5)).toEqual([]);
    expect(told('-', new ServerCourse(known), 5)).toEqual(['5: s1 server.back 0']);
  });

  it('nothing of a server that is expected no longer', () => {
    const course = new ServerCourse([['s1', { state: 'dead', sinceMs: 0 }]]);
    expect(told('1x-', course, 5)).toEqual([]);
    expect(told('1', course, 8)).toEqual(['8: s1 server.silent 8']);
  });
});

describe('a window that is judged again', () => {
  it('shortens a silence that it was part of, and begins none', () => {
    const course = new ServerCourse();
    expect(told('111', course)).toHaveLength(2);
    expect(hear(course, '-', 1)).toEqual([]);
    expect(hear(course, '2', 0)).toEqual([]);
    // Silent since window 2 alone: dead when window 4 is silent, too.
    expect(told('11', course, 3)).toEqual(['4: s1 server.dead 2']);
  });

  it('ends it when it is the newest', () => {
    const course = new ServerCourse();
    expect(told('1', course)).toHaveLength(1);
    expect(hear(course, '-', 0)).toMatchObject([{ type: 'server.back' }]);
  });

  it('from before it changes nothing', () => {
    const course = new ServerCourse();
    told('-11', course);
    expect(hear(course, '-', 0)).toEqual([]);
    expect(told('1', course, 3)).toEqual(['3: s1 server.dead 1']);
  });
});
