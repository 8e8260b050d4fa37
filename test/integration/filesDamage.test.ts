import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFolder, logLines as lines } from '../support/tailing.ts';

let logs: LogFolder;
beforeEach(() => {
  logs = new LogFolder();
});
afterEach(() => {
  logs.destroy();
});

describe('a log that is deleted', () => {
  it('after it was closed is no news, nor is another under its name when the store knows it', async () => {
    logs.write('s1/a.ndjson', lines(2));
    logs.close('s1/a');
    const tail = logs.tail();
    await tail.read();
    logs.remove('s1/a.ndjson');
    logs.remove('s1/a.manifest.json');
    await tail.read();
    expect(tail.closed).toHaveLength(1);
    expect(tail.damaged).toEqual([]);
  });

  it('while it is open is closed with what was read', async () => {
    logs.write('s1/a.ndjson', lines(2));
    const tail = logs.tail();
    await tail.read();
    logs.remove('s1/a.ndjson');
    await tail.read(10);
    expect(tail.closed).toMatchObject([{ partition: 's1/a', bytesRead: lines(2).length, manifest: undefined }]);
  });

  it('with its manifest, both before its turn comes, does not stop the others', async () => {
    for (const server of ['s1', 's2', 's3']) {
      logs.write(`${server}/a.ndjson`, lines(2));
      logs.close(`${server}/a`);
    }
    const tail = logs.tail();
    tail.onItem = ({ kind }) => {
      if (kind !== 'slice' || tail.partitions.length > 1) return;
      logs.remove('s2/a.ndjson');
      logs.remove('s2/a.manifest.json');
    };
    await tail.read();
    expect(tail.partitions).toEqual(['s1/a', 's3/a']);
    expect(tail.closed.map(({ partition, bytesRead }) => [partition, bytesRead])).toEqual([
      ['s1/a', lines(2).length],
      ['s2/a', 0],
      ['s3/a', lines(2).length],
    ]);
  });
});

describe('a log that its shipper damages', () => {
  const others = async (damage: () => void): Promise<string[]> => {
    logs.write('s1/a.ndjson', lines(20));
    logs.write('s2/a.ndjson', lines(2));
    const tail = logs.tail();
    await tail.read();
    damage();
    logs.append('s2/a.ndjson', lines(2, 2));
    await tail.read();
    await tail.read();
    expect(tail.text('s2/a')).toBe(lines(4));
    expect(tail.text('s1/a')).toBe(lines(20));
    return tail.damaged.map(({ partition, reason }) => `${partition} ${reason}`);
  };

  it.each([
    ['shrinks', 'shrunk', (): void => truncateSync(logs.path('s1/a.ndjson'), 700)],
    ['is emptied', 'shrunk', (): void => truncateSync(logs.path('s1/a.ndjson'), 0)],
    [
      'gets another beginning',
      'head-changed',
      (): void => logs.write('s1/a.ndjson', `${'x'.repeat(50)}\n${lines(60)}`),
    ],
    ['is another file by now', 'head-changed', (): void => logs.write('s1/a.ndjson', lines(90, 7_000))],
  ])('and %s is told as %s, once; the others go on', async (_, reason, damage) => {
    expect(await others(damage)).toEqual([`s1/a ${reason}`]);
  });

  it('is noticed although it was short, or empty, when it was found', async () => {
    logs.write('s1/a.ndjson', '');
    logs.write('s2/a.ndjson', '{"seq"');
    const tail = logs.tail();
    await tail.read();
    for (const server of ['s1', 's2']) logs.write(`${server}/a.ndjson`, lines(20));
    await tail.read();
    for (const server of ['s1', 's2']) logs.write(`${server}/a.ndjson`, `{"seq":0,"other":true}\n${lines(60)}`);
    await tail.read();
    expect(tail.damaged.map(({ partition, reason }) => `${partition} ${reason}`)).toEqual([
      's1/a head-changed',
      's2/a head-changed',
    ]);
  });

  it('is noticed after a restart, by the head that was stored', async () => {
    logs.write('s1/a.ndjson', lines(20));
    const before = logs.tail();
    await before.read();
    const start = { offset: lines(20).length, closed: false, fileHead: before.heads.get('s1/a') };
    logs.write('s1/a.ndjson', lines(90, 7_000));
    const after = logs.tail({ 's1/a': start });
    await after.read();
    expect(after.damaged).toMatchObject([{ partition: 's1/a', reason: 'head-changed' }]);
  });

  it('or that is none at all, such as a folder with its name, is unreadable', async () => {
    mkdirSync(logs.path('s1/a.ndjson'), { recursive: true });
    symlinkSync(logs.path('s1/loop.ndjson'), logs.path('s1/loop.ndjson'));
    logs.write('s2/a.ndjson', lines(1));
    const tail = logs.tail();
    await tail.read();
    expect(tail.damaged.map(({ partition, reason }) => `${partition} ${reason}`)).toEqual([
      's1/a unreadable',
      's1/loop unreadable',
    ]);
    expect(tail.text('s2/a')).toBe(lines(1));
  });
});
