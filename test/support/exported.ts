import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { askedBy, type ExportFlags } from '../../cli/export/asked.ts';
import { type ExportReport, exportWindows } from '../../cli/export/exportWindows.ts';
import type { Manifest } from '../../cli/export/manifest.ts';
import type { Connection } from '../../core/store/connection.ts';
import { ExportStore } from '../../core/store/export/exportStore.ts';
import { HOUR, type SealedBids, START_MS } from './sealedBids.ts';

export const iso = (ms: number): string => new Date(ms).toISOString();

/** Flags of an export: the first hour of `bids`, unless told otherwise. */
export const flagsOf = (flags: Partial<ExportFlags> = {}): ExportFlags => ({
  stream: 'bids',
  from: iso(START_MS),
  to: iso(START_MS + HOUR),
  events: false,
  format: 'parquet',
  layout: 'hive',
  ...flags,
});

/** Exports as the command does. */
export const exported = (
  { engine, config }: SealedBids,
  dir: string,
  flags: Partial<ExportFlags> = {},
  connection: Connection = engine.admin,
): Promise<ExportReport> =>
  exportWindows(new ExportStore(connection, 'touchstone'), askedBy(flagsOf(flags), [dir], config), () => undefined);

/** Folder of an hour of the first day. */
export const hourDir = ({ dir }: Pick<ExportReport, 'dir'>, hour = '12'): string =>
  join(dir, 'date=2026-06-01', `hour=${hour}`);

export const manifestIn = (dir: string): Manifest =>
  JSON.parse(readFileSync(join(dir, '_manifest.json'), 'utf8')) as Manifest;

/** Every file under a folder, with its time of change and its number. */
export const filesUnder = (dir: string): Map<string, string> =>
  new Map(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, statSync(join(dir, name))] as const)
      .filter(([, found]) => found.isFile())
      .map(([name, { mtimeMs, ino }]) => [name, `${String(mtimeMs)} ${String(ino)}`]),
  );

/** A connection whose n-th file ends after its first bytes. */
export function cutOff({ engine: { admin } }: SealedBids, fileAt: number): Connection {
  let files = 0;
  return {
    ...admin,
    async *streamBytes(sql, params) {
      for await (const piece of admin.streamBytes(sql, params)) {
        yield piece.subarray(0, 100);
        if (++files > fileAt) throw new Error('cut off');
        yield piece.subarray(100);
      }
    },
  };
}

/** A connection through which a window is judged again while the first file is read. */
export function overtaken(bids: SealedBids, startMs: number): Connection {
  const { admin } = bids.engine;
  let files = 0;
  return {
    ...admin,
    async *streamBytes(sql, params) {
      if (++files === 1) await bids.restate(startMs, 1);
      yield* admin.streamBytes(sql, params);
    },
  };
}
