import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { crc32c, crc32cText } from '../../fleet/crc32c.ts';
import type { LedgerLine } from '../../fleet/ledger.ts';
import type { FleetOptionsInput } from '../../fleet/options.ts';
import { simulate } from '../../fleet/simulate.ts';

const START = Date.UTC(2026, 0, 1, 12);
const minutes = (count: number): number => START + count * 60_000;
const SMALL: FleetOptionsInput = {
  servers: 4,
  requestsPerSecond: 4,
  startMs: START,
  endMs: minutes(40),
  chunkMs: 600_000,
};

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-'));
  dirs.push(dir);
  return dir;
}

async function fleet(options: FleetOptionsInput): Promise<string> {
  const dir = freshDir();
  await simulate(dir, options);
  return dir;
}

const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();

const digestOf = (dir: string): string => {
  const hash = createHash('sha256');
  for (const file of filesOf(dir)) hash.update(file).update(readFileSync(join(dir, file)));
  return hash.digest('hex');
};

const ledgerOf = (dir: string): LedgerLine[] =>
  readFileSync(join(dir, 'ledger.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LedgerLine);

/** Events by stream, server and minute, counted from the files by nothing but JSON.parse. */
function counted(dir: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of filesOf(dir).filter((name) => name.endsWith('.ndjson') && name !== 'ledger.ndjson'))
    for (const line of readFileSync(join(dir, file), 'latin1').split('\n')) {
      const event = jsonOf(line);
      if (event === undefined) continue;
      const timeMs = Number(event['ts'] ?? event['minute']);
      const key = [file.split('/')[0], event['server'], Math.floor(timeMs / 60_000) * 60_000].join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  return counts;
}

function told(dir: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of ledgerOf(dir))
    if (line.kind === 'window' && line.events > 0) {
      const key = `${line.stream} ${line.server} ${String(line.startMs)}`;
      counts.set(key, (counts.get(key) ?? 0) + line.events);
    }
  return counts;
}

function jsonOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'server' in value ? value : undefined;
  } catch {
    return undefined;
  }
}

const ALL_FAULTS: FleetOptionsInput['faults'] = [
  { kind: 'dead', servers: ['eu-west-01'], startMs: minutes(12), endMs: minutes(17) },
  { kind: 'lost-chunk', servers: ['us-east-01'], startMs: minutes(10), endMs: minutes(20), stream: 'requests' },
  { kind: 'duplicate-chunk', servers: ['us-east-01'], startMs: minutes(20), endMs: minutes(30) },
  { kind: 'lost-lines', servers: ['ap-south-01'], startMs: minutes(3), endMs: minutes(6), size: 0.2 },
  { kind: 'truncated-line', servers: ['ap-south-01'], startMs: minutes(7), endMs: minutes(9), size: 0.2 },
  { kind: 'garbage-bytes', servers: ['ap-south-01'], startMs: minutes(10), endMs: minutes(12), size: 0.2 },
  { kind: 'reorder', servers: ['eu-west-02'], startMs: minutes(2), endMs: minutes(6) },
  { kind: 'clock-skew', servers: ['eu-west-02'], startMs: minutes(20), endMs: minutes(22), size: 90_000 },
  { kind: 'type-changed', servers: ['eu-west-02'], startMs: minutes(30), endMs: minutes(32), size: 0.5 },
  { kind: 'build-rollout', servers: 0.25, startMs: minutes(25) },
];

describe('a simulated fleet', () => {
  test('writes the same bytes for the same options, and others for another seed', async () => {
    const digest = digestOf(await fleet(SMALL));
    expect(digestOf(await fleet(SMALL))).toBe(digest);
    expect(digestOf(await fleet({ ...SMALL, seed: 2 }))).not.toBe(digest);
  });

  test('writes the same bytes live as at once', async () => {
    const options = { ...SMALL, faults: ALL_FAULTS };
    const dir = freshDir();
    let nowMs = START;
    // A clock that goes on by itself: every look at it is 20 s later.
    await simulate(dir, options, { now: () => (nowMs += 20_000), speed: 1_000 });
    expect(digestOf(dir)).toBe(digestOf(await fleet(options)));
  });

  test('goes on where its files end', async () => {
    const dir = await fleet(SMALL);
    const digest = digestOf(dir);
    const log = join(dir, 'requests/eu-west-01/20260101T1220Z.ndjson');
    truncateSync(log, 1_001);
    unlinkSync(log.replace('.ndjson', '.manifest.json'));
    unlinkSync(join(dir, 'requests/eu-west-01/20260101T1230Z.ndjson'));
    await simulate(dir, SMALL);
    expect(digestOf(dir)).toBe(digest);
  });

  test('keeps a ledger that agrees with its files, whatever faults there are', async () => {
    for (const faults of [[], ALL_FAULTS]) {
      const dir = await fleet({ ...SMALL, faults });
      expect(Object.fromEntries(told(dir))).toEqual(Object.fromEntries(counted(dir)));
    }
  });

  test('announces in packets what its servers made', async () => {
    const dir = await fleet({ ...SMALL, faults: ALL_FAULTS.filter(({ kind }) => kind === 'lost-lines') });
    const made = new Map(
      ledgerOf(dir).flatMap((line) =>
        line.kind === 'made' ? [[`${line.stream} ${line.server} ${String(line.startMs)}`, line.events] as const] : [],
      ),
    );
    const packets = filesOf(dir)
      .filter((file) => file.startsWith('packets/') && file.endsWith('.ndjson'))
      .flatMap((file) => readFileSync(join(dir, file), 'utf8').trimEnd().split('\n'))
      .map(
        (line) => JSON.parse(line) as { server: string; minute: number; counters: { name: string; value: number }[] },
      );
    expect(packets).toHaveLength(4 * 40);
    for (const { server, minute, counters } of packets)
      for (const stream of ['requests', 'impressions', 'clicks'])
        expect(counters.find(({ name }) => name === `${stream}.events`)?.value).toBe(
          made.get(`${stream} ${server} ${String(minute)}` as `requests ${string} ${string}`),
        );
  });

  test('closes its chunks with manifests that hold', async () => {
    const dir = await fleet(SMALL);
    const manifests = filesOf(dir).filter((file) => file.endsWith('.manifest.json'));
    expect(manifests).toHaveLength(4 * 4 * 4);
    for (const file of manifests) {
      const manifest = JSON.parse(readFileSync(join(dir, file), 'utf8')) as Record<string, unknown>;
      const bytes = readFileSync(join(dir, file.replace('.manifest.json', '.ndjson')));
      expect(manifest).toMatchObject({
        bytes: bytes.length,
        events: bytes.toString('latin1').split('\n').length - 1,
        crc32c: crc32cText(crc32c(bytes)),
      });
    }
  });

  test('refuses servers, values and times that are none', async () => {
    await expect(fleet({ ...SMALL, faults: [{ kind: 'dead', servers: ['nobody'] }] })).rejects.toThrow('got nobody');
    await expect(fleet({ ...SMALL, faults: [{ kind: 'fill-rate', where: { exchange: 'x99' } }] })).rejects.toThrow(
      'got x99',
    );
    await expect(fleet({ ...SMALL, endMs: START })).rejects.toThrow('must be after startMs');
  });
});
