import { describe, expect, it } from 'vitest';
import { judgeWindows, type Said } from '../../../core/testkit/judge.ts';
import { type NotedServer, windows } from '../../../core/testkit/windows.ts';
import { completeness } from '../../../plugins/completeness/plugin.ts';

const judge = (servers: Record<string, NotedServer>, options: object = {}): readonly Said[] =>
  judgeWindows(completeness, options, windows({ servers }));
/** A peer that is well for so many windows. */
const well = (count: number): NotedServer => ({
  received: `100 x${String(count)}`,
  announced: `100 x${String(count)}`,
});
/** `window message state` of all that was said of a server beside one that is well. */
const saidOf = (s1: NotedServer): string[] =>
  judge({ s1, s2: well(windows({ servers: { s1 } }).length) })
    .filter(({ labels }) => labels['server'] === 's1')
    .map(({ at, message, labels }) => [at, message, labels['state'] ?? ''].join(' ').trim());

describe('a server is told to be', () => {
  it.each<[string, NotedServer, string[]]>([
    [
      'late when its packet counts what is not here, and nothing later is here',
      { received: '100, 40, _ x2', announced: '100 x4', least: '1, 101, _ x2', greatest: '100, 140, _ x2' },
      ['1 incomplete late', '2 incomplete late', '3 incomplete late'],
    ],
    [
      'lost when its numbers have a hole, and later ones are here',
      { received: '100, 90', announced: '100 x2', missingBySequence: '0, 10', least: '1, 101', greatest: '100, 200' },
      ['1 incomplete lost'],
    ],
    [
      'lost also before the first that came, when nothing was outstanding',
      { received: '100, 90', announced: '100 x2', least: '1, 111', greatest: '100, 200' },
      ['1 incomplete lost'],
    ],
    [
      'both, when more is outstanding at the end than chance leaves out there',
      { received: '100, 40', announced: '100 x2', missingBySequence: '0, 10', least: '1, 101', greatest: '100, 150' },
      ['1 incomplete lost'],
    ],
    [
      'late, and then to have lost it, when it goes on after the hole',
      { received: '100, _ x2, 100', announced: '100 x4', least: '1, _ x2, 301', greatest: '100, _ x2, 400' },
      ['1 incomplete late', '2 incomplete late', '3 lost-before'],
    ],
    [
      'the same without numbers',
      { received: '100, _ x2, 100', announced: '100 x4' },
      ['1 incomplete late', '2 incomplete late', '3 lost-before'],
    ],
    [
      'losing, once it went on after a shortage without numbers',
      { received: '100, 90 x3', announced: '100 x4' },
      ['1 incomplete late', '2 lost-before', '2 incomplete late', '3 lost-before', '3 incomplete lost'],
    ],
    [
      'dead when it sends no packet and its peers are alive',
      { received: '100 x2, _ x2', announced: '100 x2, _ x2' },
      ['2 server-silent dead', '3 server-silent dead'],
    ],
    [
      'late when it sends packets that count nothing, and its stream stands still',
      { received: '100 x2, _', heartbeat: '1 x3' },
      ['2 incomplete late'],
    ],
    [
      'duplicated, and lost beside it, where numbers came again and have holes',
      {
        received: '100, 180',
        announced: '100 x2',
        repeated: '0, 90',
        missingBySequence: '0, 10',
        least: '1, 101',
        greatest: '100, 200',
      },
      ['1 incomplete lost', '1 duplicated'],
    ],
    ['idle, where many are usual', { received: '100 x3, _', announced: '100 x3, 0' }, ['3 server-zero']],
    [
      'reporting without a value of a field',
      { received: '100 x4', announced: '100 x4', 'present.price': '98 x3, 2' },
      ['3 field-null'],
    ],
  ])('%s', (_, s1, said) => {
    expect(saidOf(s1).sort()).toEqual([...said].sort());
  });
});

describe('nothing is said', () => {
  it.each<[string, NotedServer]>([
    [
      'of one that was restarted: its new boot counts from the beginning',
      { received: '100 x3', announced: '100 x3', boot: '1, 2 x2', least: '1, 1, 101', greatest: '100, 100, 200' },
    ],
    ['of one that is new', { received: '_ x2, 40, 100', announced: '_ x2, 40, 100', heartbeat: '0 x2, 1 x2' }],
    [
      'of one that was put out of service before it fell silent, but that it had nothing',
      { received: '100 x3, _ x17', announced: '100 x3, 0 x2, _ x15' },
    ],
    [
      'of numbers that lie over a border',
      { received: '100 x2', announced: '100 x2', least: '1, 99', greatest: '102, 200' },
    ],
    [
      'of a packet that counts fewer than the numbers prove to be different',
      { received: '100, 101', announced: '100 x2', least: '1, 101', greatest: '100, 201' },
    ],
    ['of a field that is often absent', { received: '10 x6', announced: '10 x6', 'present.price': '3, 4, 0, 3, 1, 4' }],
  ])('%s', (_, s1) => {
    expect(saidOf(s1).filter((said) => !said.endsWith('server-zero'))).toEqual([]);
  });

  it('of chance where a packet is missing, but its events are here', () => {
    expect(judge({ s1: { received: '100 x3', announced: '100, _, 100' }, s2: well(3) })).toEqual([]);
  });
});

describe('findings carry', () => {
  it('the four ratios under their names', () => {
    const s1 = {
      received: '100 x3, 45',
      announced: '100 x3, 50',
      missingBySequence: '0 x3, 5',
      least: '1, 101, 201, 301',
      greatest: '100, 200, 300, 350',
      'present.price': '80 x3, 36',
      'sum.filled': '70 x3, 30',
      'counted.filled': '70 x3, 40',
    };
    expect(judge({ s1, s2: well(4) })[0]?.data).toMatchObject({
      arrival_ratio: 0.9,
      match_ratio: 0.9,
      'match_ratio.filled': 0.75,
      volume_vs_expected: 0.45,
      non_null_ratio: 0.8,
    });
  });

  it('the first window of what is lost', () => {
    const said = judge({ s1: { received: '100, _ x2, 100', announced: '100 x4' }, s2: well(4) });
    expect(said.find(({ message }) => message === 'lost-before')).toMatchObject({
      data: { lost: 200 },
      sinceMs: Date.UTC(2026, 0, 5, 0, 1),
    });
  });
});

describe('a loss of the fleet', () => {
  const fleet = (count: number, server: (at: number) => NotedServer): Record<string, NotedServer> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${String(at)}`, server(at)]));
  const losing = (lost: number): NotedServer => ({
    received: String(2_000 - lost),
    announced: '2000',
    missingBySequence: String(lost),
    least: '1',
    greatest: '2000',
  });
  const found = (servers: Record<string, NotedServer>): readonly Said[] =>
    judge(servers, { serversMax: 1 }).filter(({ message }) => message === 'fleet-lost');

  it('is told in the first window in which 0.1 % of all events are lost', () => {
    const [said, ...others] = found(fleet(50, (at) => losing(at % 2 === 0 ? 4 : 0)));
    expect(others).toEqual([]);
    expect(said).toMatchObject({
      labels: {},
      data: { lost: 100, expected: 100_000, servers: 25, arrival_ratio: 0.999 },
    });
  });

  it.each<[string, Record<string, NotedServer>]>([
    ['below that', fleet(50, (at) => losing(at === 0 ? 0 : 1))],
    ['when one server alone lost it', fleet(50, (at) => losing(at === 0 ? 200 : 0))],
    ['of what is late', fleet(50, () => ({ received: '900', announced: '1000', least: '1', greatest: '900' }))],
    [
      'of two among few, which may be chance',
      fleet(2, () => ({ received: '99', announced: '100', missingBySequence: '1', least: '1', greatest: '100' })),
    ],
  ])('is not told %s', (_, servers) => {
    expect(found(servers)).toEqual([]);
  });
});

describe('what is remembered', () => {
  it('is taken from snapshots of the time before states: only what was usual', () => {
    const check = completeness.create(completeness.options.parse({}), {
      stream: 'requests',
      streamKind: 'events',
      windowMs: 60_000,
      metrics: [],
      random: () => 0,
    });
    check.restore?.([['', { s1: 100 }]]);
    const said = check.window?.(windows({ servers: { s1: '_' } })[0]!);
    expect(said?.map(({ message, data }) => [message, data['usual']])).toEqual([['server-silent', 100]]);
  });
});

describe('a server that is silent', () => {
  const silent = (s1: NotedServer): string[] => saidOf(s1).filter((said) => said.includes('server-silent'));
  const never = { received: '_ x2, 100', announced: '_ x2, 100' };
  const putOut = { received: '100, 0 x9, _ x2', announced: '100, 0 x9, _ x2' };

  it.each<[string, NotedServer, string[]]>([
    ['is not missed when nothing was ever heard of it', never, []],
    ['but is when it is declared', { ...never, declared: '1 x3' }, ['0 server-silent dead', '1 server-silent dead']],
    ['is not missed when it had nothing for long before', putOut, []],
    [
      'but is when it is declared ',
      { ...putOut, declared: '1 x12' },
      ['10 server-silent dead', '11 server-silent dead'],
    ],
  ])('%s', (_, s1, said) => {
    expect(silent(s1)).toEqual(said);
  });

  it('stays missed where nobody sends packets: its silence does not become usual', () => {
    const said = judge({ s1: '100 x20, _ x200', s2: '100 x220' });
    expect(said.map(({ at, message }) => `${String(at)} ${message}`)).toEqual(
      Array.from({ length: 200 }, (_, at) => `${String(at + 20)} server-silent`),
    );
  });
});
