import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCompressed } from '../../core/sources/files/logReader.ts';
import { LogFolder, logLines as lines, PACK } from '../support/tailing.ts';

let logs: LogFolder;
beforeEach(() => {
  logs = new LogFolder();
});
afterEach(() => {
  logs.destroy();
});

describe.each(['gz', 'zst'] as const)('a .ndjson.%s', (ending) => {
  it('gives the bytes that were packed, the offsets being theirs', async () => {
    const text = lines(120_000);
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](text));
    logs.close('s1/a');
    const tail = logs.tail();
    expect(await tail.read()).toBeGreaterThan(1);
    expect(tail.text('s1/a') === text).toBe(true);
    expect(tail.closed).toMatchObject([{ bytesRead: text.length }]);
  });

  it('goes on in its middle', async () => {
    const [first, second] = [lines(1_000), lines(60_000, 1_000)];
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](first + second));
    logs.close('s1/a');
    const tail = logs.tail({ 's1/a': { offset: first.length, closed: false, fileHead: '1024:5f3a' } });
    await tail.read();
    expect(tail.text('s1/a') === second).toBe(true);
  });

  it('without a manifest is read when it has stopped growing', async () => {
    const packed = PACK[ending](lines(50));
    logs.write(`s1/a.ndjson.${ending}`, packed.subarray(0, 20));
    const tail = logs.tail();
    await tail.read();
    logs.append(`s1/a.ndjson.${ending}`, packed.subarray(20));
    await tail.read(9_000);
    expect(tail.partitions).toEqual([]);
    await tail.read(10_001);
    expect(tail.text('s1/a')).toBe(lines(50));
  });

  it('that takes the place of the plain log is gone on with, both being there for a moment', async () => {
    const text = lines(40);
    const half = lines(20);
    logs.write('s1/a.ndjson', half);
    const tail = logs.tail();
    await tail.read();
    logs.append('s1/a.ndjson', text.slice(half.length));
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](text).subarray(0, 9));
    logs.close('s1/a');
    // The plain form goes before it was looked at again, and before the folder is listed again.
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](text));
    logs.remove('s1/a.ndjson');
    await tail.read(10);
    await tail.read();
    expect(tail.text('s1/a')).toBe(text);
    expect(tail.closed).toHaveLength(1);
    expect(tail.damaged).toEqual([]);
  });

  it('beside the plain log that was read to its end is not read again', async () => {
    logs.write('s1/a.ndjson', lines(20));
    logs.close('s1/a');
    const tail = logs.tail();
    await tail.read();
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](lines(20)));
    await tail.read();
    logs.remove('s1/a.ndjson');
    await tail.read();
    await tail.read(20_000);
    expect(tail.text('s1/a')).toBe(lines(20));
    expect(tail.closed).toHaveLength(1);
  });

  it('that is cut off is damaged; others go on', async () => {
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](lines(500)).subarray(0, 60));
    logs.close('s1/a');
    logs.write('s2/a.ndjson', lines(3));
    const tail = logs.tail();
    await tail.read();
    expect(tail.damaged).toMatchObject([{ partition: 's1/a', reason: 'unreadable' }]);
    expect(tail.text('s2/a')).toBe(lines(3));
  });

  it('that is gone when it is opened is closed, and nothing crashes', async () => {
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](lines(500)));
    const tail = logs.tail();
    await tail.read();
    logs.remove(`s1/a.ndjson.${ending}`);
    await tail.read(20_000);
    expect(tail.closed).toMatchObject([{ partition: 's1/a', bytesRead: 0 }]);
  });

  it('that is gone between the look at it and its opening is an error of its reader, not of the process', async () => {
    const reading = readCompressed(logs.path('gone'), ending === 'gz' ? 'gzip' : 'zstd', { offset: 0, bytesMax: 1 });
    await expect(reading.next()).rejects.toThrow('ENOENT');
  });

  it('that unpacks to less than was read is damaged', async () => {
    logs.write(`s1/a.ndjson.${ending}`, PACK[ending](lines(5)));
    logs.close('s1/a');
    const tail = logs.tail({ 's1/a': { offset: 10_000, closed: false, fileHead: undefined } });
    await tail.read();
    expect(tail.damaged).toMatchObject([{ partition: 's1/a', reason: 'unreadable' }]);
  });
});
