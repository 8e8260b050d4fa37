import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalBook, type ArrivedTotal } from '../../../core/windows/arrivalBook.ts';
import type { DeclaredRoster } from '../../../core/windows/roster.ts';

const WINDOW_MS = 60_000;
const DAY = 1_440;
const at = (window: number): number => window * WINDOW_MS;
const total = (server: string, window: number, events: number, arrived = window + 1): ArrivedTotal => ({
  ...{ server, startMs: at(window), events },
  arrivedAtMs: at(arrived),
});
const nowhere = (): string => '';
const bookOf = (openMax = 200, declared: DeclaredRoster[] = []): ArrivalBook =>
  new ArrivalBook({ windowMs: WINDOW_MS, openMax, roster: { seenForMs: DAY * WINDOW_MS, declared } });
const servers = (book: ArrivalBook, window: number, now = window + 1) =>
  book
    .open(at(window), at(now))
    .servers.map(({ server, received, announced, whole }) =>
      [server, received, announced ?? '-', whole ? 'whole' : 'open'].join(' '),
    );

describe('the books of open windows', () => {
  it('take a window of a server for whole when the server is past it', () => {
    const book = bookOf();
    expect(book.take([total('a', 10, 5)], [], nowhere)).toEqual([]);
    expect(servers(book, 10)).toEqual(['a 5 - open']);
    expect(book.take([total('a', 11, 3, 12)], [], () => 'eu')).toEqual([
      { server: 'a', region: 'eu', startMs: at(10), arrivedAtMs: at(12) },
    ]);
    expect(servers(book, 10)).toEqual(['a 5 - whole']);
    expect(servers(book, 11)).toEqual(['a 3 - open']);
  });

  it('take it for whole when all is there that the packet announced, also when that is nothing', () => {
    const book = bookOf();
    const starts = (whole: ReturnType<ArrivalBook['take']>) => whole.map(({ startMs }) => startMs / WINDOW_MS);
    expect(book.take([total('a', 10, 1)], [total('a', 10, 2)], nowhere)).toEqual([]);
    expect(starts(book.take([total('a', 10, 2)], [], nowhere))).toEqual([10]);
    expect(starts(book.take([], [total('a', 11, 0)], nowhere))).toEqual([11]);
    expect(servers(book, 11)).toEqual(['a 0 0 whole']);
  });

  it('take it for whole since the newest of both came, whichever that was', () => {
    const book = bookOf();
    book.take([total('a', 9, 1)], [total('a', 10, 2, 15)], nowhere);
    expect(book.take([total('a', 10, 2, 12)], [], nowhere).map(({ arrivedAtMs }) => arrivedAtMs)).toContain(at(15));
  });

  it('take the window in which a server died for whole since it came, not since the server is back', () => {
    const book = bookOf();
    book.take([total('a', 10, 5)], [], nowhere);
    const [died] = book.take([total('a', 100, 5)], [], nowhere);
    expect(died).toMatchObject({ startMs: at(10), arrivedAtMs: at(12) });
  });

  it('do not, while less is there than was announced, though the server is past it', () => {
    const book = bookOf();
    book.take([total('a', 10, 5), total('a', 11, 5)], [total('a', 10, 9)], nowhere);
    expect(servers(book, 10)).toEqual(['a 5 9 open']);
  });

  it('leave a window that was passed over without events open: it may come in another file', () => {
    const book = bookOf();
    book.take([total('a', 10, 5), total('a', 12, 5)], [], nowhere);
    expect(servers(book, 11)).toEqual(['a 0 - open']);
  });

  it('expect who is declared for the time of the window, and know of others that send', () => {
    const book = bookOf(200, [
      { fromMs: at(0), servers: ['a', 'b'] },
      { fromMs: at(11), servers: ['b', 'c'] },
    ]);
    book.take([total('a', 9, 5), total('z', 10, 3)], [], nowhere);
    expect(servers(book, 10)).toEqual(['a 0 - open', 'b 0 - open', 'z 3 - open']);
    expect(servers(book, 11)).toEqual(['b 0 - open', 'c 0 - open']);
  });

  it('expect a server for a day after its last events, and not before its first', () => {
    const book = bookOf(3 * DAY);
    book.take([total('a', 100, 1)], [], nowhere);
    expect(servers(book, 99)).toEqual([]);
    expect(servers(book, 100 + DAY)).toHaveLength(1);
    expect(servers(book, 101 + DAY)).toEqual([]);
  });

  it('expect a server from its first window with events on, also when that is told last', () => {
    const book = bookOf();
    book.take([total('a', 11, 3)], [], nowhere);
    book.take([total('a', 10, 5)], [], nowhere);
    expect(servers(book, 10)).toEqual(['a 5 - whole']);
    expect(servers(book, 9)).toEqual([]);
  });

  it('say what a window has as soon as nobody misses anything', () => {
    const book = bookOf();
    expect(book.wholeEvents(at(10))).toBe(0);
    book.take([total('a', 10, 5), total('b', 10, 7), total('a', 11, 3)], [], nowhere);
    expect(book.wholeEvents(at(10))).toBeUndefined();
    book.take([total('b', 11, 7)], [], nowhere);
    expect(book.wholeEvents(at(10))).toBe(12);
    book.take([total('b', 10, 8)], [], nowhere);
    expect(book.wholeEvents(at(10))).toBe(13);
  });

  it('take nothing of one that is gone for that of one that comes', () => {
    const book = bookOf(5);
    book.take([total('a', 10, 5), total('b', 11, 5)], [total('a', 10, 9)], nowhere);
    const later = 20 + DAY;
    book.take([total('b', later, 5)], [], nowhere);
    book.forget(at(later));
    expect([...book.servers()]).toEqual(['b']);
    book.take([total('c', later, 1), total('d', later, 2), total('a', later, 3)], [], nowhere);
    expect(servers(book, later)).toEqual(['a 3 - open', 'b 5 - open', 'c 1 - open', 'd 2 - open']);
  });

  it('keep what packets announce of a server of which nothing was heard yet', () => {
    const book = bookOf(5);
    book.take([total('b', 10, 5)], [total('a', 10, 2)], nowhere);
    book.forget(at(11));
    expect(servers(book, 10)).toEqual(['b 5 - open']);
    book.take([total('a', 10, 2)], [], nowhere);
    expect(servers(book, 10)).toEqual(['a 2 2 whole', 'b 5 - open']);
  });

  it('forget the oldest windows, and go on from a snapshot with the same servers', () => {
    const book = bookOf(5);
    book.take([total('a', 10, 5), total('b', 11, 5)], [], () => 'eu');
    book.forget(at(20));
    expect(servers(book, 10)).toEqual(['a 0 - open']);
    const other = bookOf(5);
    other.restore(JSON.parse(JSON.stringify(book.snapshot())) as ReturnType<ArrivalBook['snapshot']>);
    expect(other.open(at(12), at(13))).toEqual(book.open(at(12), at(13)));
    expect([...other.servers()]).toEqual(['a', 'b']);
  });

  it('come to the same in whatever order and pieces news are told, and a window is whole once', () => {
    const news = fc.uniqueArray(
      fc.record({
        server: fc.constantFrom('a', 'b', 'c'),
        window: fc.nat(9),
        events: fc.integer({ min: 1, max: 9 }),
        announced: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
        place: fc.double({ noNaN: true }),
        size: fc.integer({ min: 1, max: 5 }),
      }),
      { minLength: 1, maxLength: 30, selector: ({ server, window }) => `${server} ${String(window)}` },
    );
    fc.assert(
      fc.property(news, (told) => {
        const tell = (book: ArrivalBook, some: typeof told): ReturnType<ArrivalBook['take']> => {
          const announced = some.flatMap((one) =>
            one.announced === undefined ? [] : [{ ...one, events: one.announced }],
          );
          return book.take(
            some.map(({ server, window, events }) => total(server, window, events)),
            announced.map(({ server, window, events }) => total(server, window, events)),
            nowhere,
          );
        };
        const atOnce = bookOf();
        tell(atOnce, told);
        const inPieces = bookOf();
        const whole: string[] = [];
        const shuffled = told.toSorted((a, b) => a.place - b.place);
        while (shuffled.length > 0)
          for (const { server, startMs } of tell(inPieces, shuffled.splice(0, shuffled[0]?.size ?? 1)))
            whole.push(`${server} ${String(startMs / WINDOW_MS)}`);
        const wholeInTheEnd = told.filter(({ server, window }) =>
          atOnce.open(at(window), at(99)).servers.some((one) => one.server === server && one.whole),
        );
        expect(whole.toSorted()).toEqual(
          wholeInTheEnd.map(({ server, window }) => `${server} ${String(window)}`).toSorted(),
        );
        for (let window = 0; window < 10; window++)
          expect(inPieces.open(at(window), at(99))).toEqual(atOnce.open(at(window), at(99)));
      }),
    );
  });
});
