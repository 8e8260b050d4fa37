import { readFileSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFolder, logLines as lines, PACK } from '../support/tailing.ts';

let logs: LogFolder;
beforeEach(() => {
  logs = new LogFolder();
});
afterEach(() => {
  logs.destroy();
});

const HOUR_MS = 3_600_000;

describe('a growing log', () => {
  it('is given out as it grows, to the last whole line', async () => {
    const tail = logs.tail();
    await tail.read();
    logs.append('s1/a.ndjson', lines(3));
    await tail.read();
    expect(tail.text('s1/a')).toBe(lines(3));
    logs.append('s1/a.ndjson', lines(2, 3));
    await tail.read(100);
    expect(tail.text('s1/a')).toBe(lines(5));
    expect(await tail.read(100)).toBe(0);
  });

  it('keeps a half-written line back until it is whole, byte by byte', async () => {
    const tail = logs.tail();
    const line = '{"seq":1,"url":"für"}\n';
    for (const byte of Buffer.from(line).subarray(0, -1)) {
      logs.append('s1/a.ndjson', Uint8Array.of(byte));
      expect(await tail.read()).toBe(0);
    }
    logs.append('s1/a.ndjson', '\n');
    await tail.read();
    expect(tail.text('s1/a')).toBe(line);
  });

  it('gives a last line without newline when its manifest says that nothing more comes', async () => {
    const tail = logs.tail();
    logs.append('s1/a.ndjson', `${lines(2)}{"seq":2}`);
    await tail.read();
    expect(tail.text('s1/a')).toBe(lines(2));
    logs.close('s1/a');
    await tail.read();
    expect(tail.text('s1/a')).toBe(`${lines(2)}{"seq":2}`);
    expect(tail.closed).toHaveLength(1);
  });

  it('gives lines longer than a slice, and slices of whole lines', async () => {
    const long = `{"text":"${'x'.repeat(9 << 20)}"}\n`;
    const text = long + lines(100_000);
    logs.write('s1/a.ndjson', text);
    const tail = logs.tail();
    expect(await tail.read()).toBeGreaterThan(1);
    expect(tail.text('s1/a') === text).toBe(true);
  });

  it('counts its server as behind until it is read', async () => {
    for (const server of ['s1', 's2', 's3']) logs.write(`${server}/a.ndjson`, lines(1));
    const tail = logs.tail();
    expect(tail.source.isListed()).toBe(false);
    await tail.read();
    expect(tail.source.isListed()).toBe(true);
    expect(tail.behind).toEqual([['s1', 's2', 's3'], ['s2', 's3'], ['s3']]);
    expect([...tail.source.serversBehind('requests')]).toEqual([]);
    expect(tail.source.backlogBytes()).toBe(0);
  });
});

describe('the end of a log', () => {
  it('is its manifest, also when that comes late', async () => {
    const tail = logs.tail();
    logs.write('s1/a.ndjson', lines(2));
    for (let polls = 0; polls < 5; polls++) await tail.read(60_000);
    expect(tail.closed).toEqual([]);
    logs.close('s1/a', { server: 's1', stream: 'requests', events: 2 });
    await tail.read();
    expect(tail.closed).toMatchObject([
      { partition: 's1/a', bytesRead: lines(2).length, manifest: { server: 's1', events: 2 } },
    ]);
  });

  it('waits for a manifest that is only half there', async () => {
    const tail = logs.tail();
    logs.write('s1/a.ndjson', lines(2));
    logs.write('s1/a.manifest.json', '{"server":"s1","eve');
    await tail.read();
    await tail.read();
    expect(tail.closed).toEqual([]);
    logs.close('s1/a', { server: 's1', events: 2 });
    await tail.read();
    expect(tail.closed).toMatchObject([{ manifest: { events: 2 } }]);
  });

  it('is an hour without growth when no manifest comes', async () => {
    const tail = logs.tail();
    logs.write('s1/a.ndjson', `${lines(1)}{"seq":1}`);
    await tail.read();
    await tail.read(HOUR_MS - 2_000);
    expect(tail.closed).toEqual([]);
    await tail.read(2_001);
    expect(tail.closed).toMatchObject([{ partition: 's1/a', manifest: undefined }]);
    expect(tail.text('s1/a')).toBe(`${lines(1)}{"seq":1}`);
  });

  it.each(['gz', 'zst'] as const)(
    'of a .%s is its manifest too, when that comes after the file was read',
    async (ending) => {
      const tail = logs.tail();
      logs.write(`s1/a.ndjson.${ending}`, PACK[ending](lines(5)));
      await tail.read();
      for (let polls = 0; polls < 5; polls++) await tail.read(60_000);
      expect(tail.text('s1/a')).toBe(lines(5));
      expect(tail.closed).toEqual([]);
      logs.close('s1/a', { events: 5 });
      await tail.read();
      expect(tail.closed).toMatchObject([{ manifest: { events: 5 } }]);
    },
  );

  it('is told once', async () => {
    const tail = logs.tail();
    logs.write('s1/a.ndjson', lines(1));
    logs.close('s1/a');
    for (let polls = 0; polls < 3; polls++) await tail.read();
    expect(tail.closed).toHaveLength(1);
  });
});

describe('the folder of a fleet', () => {
  it('may get servers and logs at any time', async () => {
    const tail = logs.tail();
    await tail.read();
    for (const [at, file] of ['s1/a', 's2/a', 's1/b', 's3/a', 's2/c'].entries()) {
      logs.append(`${file}.ndjson`, lines(at + 1));
      await tail.read();
      expect(tail.text(file)).toBe(lines(at + 1));
    }
    expect(tail.partitions).toEqual(['s1/a', 's1/b', 's2/a', 's2/c', 's3/a']);
  });

  it('is read in order of the names of its logs, over all servers', async () => {
    for (const file of ['s1/t2', 's2/t1', 's1/t1', 's2/t2']) {
      logs.write(`${file}.ndjson`, lines(1));
      logs.close(file);
    }
    const tail = logs.tail();
    await tail.read();
    expect(tail.closed.map(({ partition }) => partition)).toEqual(['s1/t1', 's2/t1', 's1/t2', 's2/t2']);
  });

  it('may hold 3,000 logs that all grow', async () => {
    const files = Array.from({ length: 3_000 }, (_, at) => `s${String(at % 300)}/t${String(Math.floor(at / 300))}`);
    for (const [at, file] of files.entries()) logs.write(`${file}.ndjson`, `{"at":${String(at)}}\n`);
    const tail = logs.tail();
    await tail.read();
    for (const [at, file] of files.entries()) logs.append(`${file}.ndjson`, `{"again":${String(at)}}\n`);
    await tail.read(100);
    expect(tail.partitions).toHaveLength(3_000);
    expect(files.filter((file, at) => tail.text(file) !== `{"at":${String(at)}}\n{"again":${String(at)}}\n`)).toEqual(
      [],
    );
  });

  it('may hold what is no log', async () => {
    logs.write('s1/a.ndjson', lines(1));
    logs.write('s1/a.ndjson.part', lines(1));
    logs.write('s1/notes.txt', 'x');
    logs.write('README', 'x');
    const tail = logs.tail();
    await tail.read();
    expect(tail.partitions).toEqual(['s1/a']);
    expect(tail.damaged).toEqual([]);
  });
});

describe('after a restart', () => {
  it('a log is gone on with at the byte that the store names', async () => {
    const text = lines(1_000);
    logs.write('s1/a.ndjson', text);
    const offset = lines(333).length;
    const tail = logs.tail({ 's1/a': { offset, closed: false, fileHead: undefined } });
    await tail.read();
    logs.append('s1/a.ndjson', lines(5, 1_000));
    await tail.read();
    expect(tail.text('s1/a')).toBe(text.slice(offset) + lines(5, 1_000));
  });

  it('a log that the store knows to be closed is not read', async () => {
    logs.write('s1/a.ndjson', lines(10));
    const tail = logs.tail({ 's1/a': { offset: lines(10).length, closed: true, fileHead: undefined } });
    for (let polls = 0; polls < 3; polls++) await tail.read();
    expect(tail.partitions).toEqual([]);
    expect(tail.closed).toEqual([]);
  });

  it('a log that was rotated by renaming is read under its new name, and the new one from its start', async () => {
    logs.write('s1/current.ndjson', lines(10));
    const tail = logs.tail();
    await tail.read();
    renameSync(logs.path('s1/current.ndjson'), logs.path('s1/t1.ndjson'));
    logs.write('s1/current.ndjson', lines(60, 10));
    await tail.read();
    expect(tail.damaged).toMatchObject([{ partition: 's1/current', reason: 'head-changed' }]);
    expect(tail.text('s1/t1')).toBe(readFileSync(logs.path('s1/t1.ndjson'), 'utf8'));
  });
});
