import { describe, expect, it } from 'vitest';
import { pluginContract } from '../../../core/testkit/contract.ts';
import { judgeWindows, type Said } from '../../../core/testkit/judge.ts';
import { type NotedServer, windows } from '../../../core/testkit/windows.ts';
import { completeness } from '../../../plugins/completeness/plugin.ts';

const judge = (servers: Record<string, NotedServer>, options: object = {}): readonly Said[] =>
  judgeWindows(completeness, options, windows({ servers }));
/** Window, message and server of all that was said. */
const brief = (said: readonly Said[]): unknown[] =>
  said.map(({ at, message, labels }) => [at, message, labels['server']]);

describe('contract of completeness', () => {
  for (const { name, check } of pluginContract(completeness)) it(name, check);
});

describe('a server is incomplete', () => {
  it.each<[string, NotedServer, boolean]>([
    ['when fewer came than its packet says', { received: '900', announced: '1000' }, true],
    ['at exactly 0.999 of them: complete is strictly more', { received: '999', announced: '1000' }, true],
    ['not just above it', { received: '9991', announced: '10000' }, false],
    ['not when all came', { received: '1000', announced: '1000' }, false],
    ['when none of the announced came', { received: '0', announced: '1000' }, true],
    ['when its manifest tells of more', { received: '900', missingByManifest: '100' }, true],
    ['when its sequence numbers have holes', { received: '900', missingBySequence: '100' }, true],
    ['not for two holes, which a border of windows makes', { received: '900', missingBySequence: '2' }, false],
    [
      'not when its packet says that all came, whatever the numbers say',
      { received: '900', announced: '900', missingBySequence: '50' },
      false,
    ],
    ['when repeats hide that some are lost', { received: '1000', announced: '1000', repeated: '100' }, true],
    ['not when it had nothing to send', { received: '0', announced: '0' }, false],
  ])('%s', (_, server, isIncomplete) => {
    expect(judge({ s1: server }).some(({ message }) => message === 'incomplete')).toBe(isIncomplete);
  });

  it('by the ratio that the options give', () => {
    expect(judge({ s1: { received: '950', announced: '1000' } }, { completeRatio: 0.9 })).toEqual([]);
  });

  it.each<[string, NotedServer, string]>([
    ['its packet', { received: '900', announced: '1000' }, '900 of 1000 events of s1 are there (90 %), by its packet'],
    [
      'its manifest',
      { received: '90', missingByManifest: '10' },
      '90 of 100 events of s1 are there (90 %), by its manifest',
    ],
    [
      'its sequence numbers',
      { received: '2', missingBySequence: '4' },
      '2 of 6 events of s1 are there (33.33 %), by its sequence numbers',
    ],
  ])('and %s is named as the witness', (_, server, text) => {
    expect(judge({ s1: server }).map((said) => said.text.split(';')[0])).toEqual([text]);
  });

  it('and the percentage is never rounded up to whole', () => {
    expect(judge({ s1: { received: '99899', announced: '100000' } })[0]?.data['percent']).toBe(99.89);
  });
});

describe('a server is silent', () => {
  it('when it sends neither events nor a packet, while others send packets', () => {
    const said = judge({
      s1: { received: '100 x12', announced: '100 x12' },
      s2: { received: '100 x10, _ x2', announced: '100 x10, _ x2' },
    });
    expect(brief(said)).toEqual([
      [10, 'server-silent', 's2'],
      [11, 'server-silent', 's2'],
    ]);
    expect(said[0]?.text).toBe(
      's2 sent nothing, no packet either; 100 events a window are usual; dead: no packet of it, and 1 others are heard.',
    );
  });

  it('not when its packet is there: it had nothing to send', () => {
    const said = judge({ s1: { received: '100 x10, _ x2', announced: '100 x10, 0 x2' } });
    expect(said.map(({ message, severity }) => [message, severity])).toEqual([
      ['server-zero', 'info'],
      ['server-zero', 'info'],
    ]);
  });

  it('but incomplete when its manifest knows of events', () => {
    expect(brief(judge({ s1: { received: '100 x10, 0', missingByManifest: '0 x10, 50' } }))).toEqual([
      [10, 'incomplete', 's1'],
    ]);
  });

  it.each<[string, string, number]>([
    ['when chance would hardly leave it without events', '100 x10, _', 1],
    ['not when it sends so little that chance may', '5 x10, _', 0],
    ['not when it was never heard of', '_ x10', 0],
  ])('without packets only %s', (_, received, findings) => {
    expect(judge({ s1: received })).toHaveLength(findings);
  });

  it('which exp(-usual) below silenceRarityMax decides', () => {
    // exp(-5) = 0.0067
    expect(judge({ s1: '5 x10, _' }, { silenceRarityMax: 0.0068 })).toHaveLength(1);
    expect(judge({ s1: '5 x10, _' }, { silenceRarityMax: 0.0067 })).toHaveLength(0);
  });
});

describe('events are duplicated', () => {
  it.each<[string, NotedServer, number]>([
    ['by their sequence numbers', { received: '110', repeated: '10' }, 10],
    ['by the packet, which says that there were fewer', { received: '150', announced: '100' }, 50],
    ['by whichever tells of more', { received: '150', announced: '100', repeated: '60' }, 60],
  ])('%s', (_, server, repeated) => {
    const said = judge({ s1: server }).filter(({ message }) => message === 'duplicated');
    expect(said.map(({ data }) => data['repeated'])).toEqual([repeated]);
  });

  it('beside being incomplete', () => {
    expect(
      brief(judge({ s1: { received: '150', announced: '100', repeated: '60' } })).map((one) => (one as unknown[])[1]),
    ).toEqual(['incomplete', 'duplicated']);
  });
});

describe('when many servers have the same trouble', () => {
  const many = (count: number, server: NotedServer): Record<string, NotedServer> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${String(at).padStart(2, '0')}`, server]));

  it('each is named as long as they are serversMax at most', () => {
    expect(judge(many(20, { received: '900', announced: '1000' }))).toHaveLength(20);
  });

  it('one finding speaks for all beyond that, critical and with their sums', () => {
    const [said, ...others] = judge(many(21, { received: '900', announced: '1000' }));
    expect(others).toEqual([]);
    expect(said).toMatchObject({
      severity: 'critical',
      labels: {},
      data: { received: 18_900, expected: 21_000, percent: 90 },
    });
    expect(said?.text).toBe(
      '18900 of 21000 events of 21 servers (s00, s01, s02, ...) are there (90 %), by its packet; late: its packet counts more than came, and nothing later is here.',
    );
  });

  it('also of silence and of repeats', () => {
    expect(judge(many(21, '50 x10, _'), { serversMax: 5 }).map(({ text }) => text)).toEqual([
      '21 servers (s00, s01, s02, ...) sent nothing, no packet either; 1050 events a window are usual; late: nobody is heard, so it is likelier the way here than every server.',
    ]);
    expect(judge(many(6, { received: '11', repeated: '1' }), { serversMax: 5 }).map(({ text }) => text)).toEqual([
      '6 events of 6 servers (s00, s01, s02, ...) are there more than once: sequence numbers came again.',
    ]);
  });
});
