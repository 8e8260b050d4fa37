import { join } from 'node:path';
import type { ExportFormat } from '../../core/store/export/exportStore.ts';

/** What an export holds; each has a folder of its own. */
export interface ExportKind {
  readonly stream: string;
  /** By which dimensions; undefined: raw events. */
  readonly cut: readonly string[] | undefined;
  readonly windowMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Folder of an export of one kind: `stream=requests/cut=exchange,device/windowMs=60000`. `_all` is the whole stream, `_events` what is not cut at all. */
export function kindDir(dir: string, { stream, cut, windowMs }: ExportKind): string {
  const text = cut === undefined ? '_events' : cut.length === 0 ? '_all' : cut.join(',');
  return join(dir, `stream=${stream}`, `cut=${text}`, `windowMs=${String(windowMs)}`);
}

/** Time that one file is for: an hour; a day of windows that are an hour or longer. Windows belong where they start. */
export const fileSpanMs = (windowMs: number): number => (windowMs >= HOUR_MS ? DAY_MS : HOUR_MS);

/** Folder of one file within that of its kind: `date=2026-01-31/hour=07`, or the date alone. */
export function fileDir(startMs: number, windowMs: number): string {
  const iso = new Date(startMs).toISOString();
  const date = `date=${iso.slice(0, 10)}`;
  return fileSpanMs(windowMs) === DAY_MS ? date : join(date, `hour=${iso.slice(11, 13)}`);
}

/** Name of the data in its folder. */
export const fileName = (format: ExportFormat): string => `windows.${format}`;

/** Name of the done marker, after Hadoop's convention: of an hour that is whole, and of an export that ran to its end. */
export const DONE = '_SUCCESS';
