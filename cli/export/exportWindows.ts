import { constants } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportRows } from '../../core/store/export/exportColumn.ts';
import type { ExportFormat, ExportStore } from '../../core/store/export/exportStore.ts';
import type { Span } from '../../core/store/span.ts';
import { windowStartOf } from '../../core/time/window.ts';
import { UsageError } from '../usageError.ts';
import { DONE, type ExportKind, fileSpanMs, kindDir } from './exportDir.ts';
import { exportFile, type FileOutcome } from './exportFile.ts';
import { isThere, sweep, writeWhole } from './wholeFile.ts';

/** What is to be exported, and where to. */
export interface ExportAsked {
  readonly kind: ExportKind;
  readonly rows: ExportRows;
  readonly format: ExportFormat;
  readonly dir: string;
  /** On whole windows. */
  readonly span: Span;
}

/** What an export did. */
export interface ExportReport {
  readonly stream: string;
  readonly cut: readonly string[] | null;
  readonly windowMs: number;
  readonly format: ExportFormat;
  /** Folder of this kind of export: what readers of data are pointed at. */
  readonly dir: string;
  readonly files: readonly FileOutcome[];
  /** Windows of the span that are not sealed yet, or were never judged; and the start of the first. */
  readonly notSealed: { readonly windows: number; readonly from: string | null };
}

/** Exports the sealed windows of a span, file by file. `onProgress` gets the share that is done, 0..1. */
export async function exportWindows(
  store: ExportStore,
  { kind, rows, format, dir, span }: ExportAsked,
  onProgress: (share: number) => void,
): Promise<ExportReport> {
  const root = kindDir(dir, kind);
  await makeFolder(root);
  await sweep(root);
  const { stream, windowMs } = kind;
  const sealedUntilMs = (await store.sealedUntil(stream)) ?? 0;
  const done = join(root, DONE);
  let isSound = await isThere(done);
  const parts = { store, kind, rows, format, root, span, sealedUntilMs, isSound };
  const beforeChange = async (): Promise<void> => {
    isSound = false;
    await rm(done, { force: true });
  };
  const files: FileOutcome[] = [];
  const openMs: number[] = [];
  const fileTimes = timesOf(await store.judgedSpan(stream, span), windowMs, sealedUntilMs);
  for (const [at, fileMs] of fileTimes.entries()) {
    const exported = await exportFile({ ...parts, beforeChange }, fileMs);
    if (exported.file !== undefined) files.push(exported.file);
    openMs.push(...exported.openMs);
    onProgress((at + 1) / fileTimes.length);
  }
  if (!isSound && files.length > 0) await writeWhole(done, '');
  const notSealed = notSealedOf(span, { windowMs, sealedUntilMs, openMs });
  return { stream, cut: kind.cut ?? null, windowMs, format, dir: root, files, notSealed };
}

/** Starts of the files that may have sealed windows. */
function timesOf(judged: Span | undefined, windowMs: number, sealedUntilMs: number): number[] {
  if (judged === undefined) return [];
  const spanMs = fileSpanMs(windowMs);
  const times: number[] = [];
  const toMs = Math.min(judged.toMs, sealedUntilMs);
  for (let ms = windowStartOf(windowStartOf(judged.fromMs, windowMs), spanMs); ms < toMs; ms += spanMs) times.push(ms);
  return times;
}

/** Windows that end after the newest sealed one, and those before it that are still open. */
function notSealedOf(
  { fromMs, toMs }: Span,
  { windowMs, sealedUntilMs, openMs }: { windowMs: number; sealedUntilMs: number; openMs: readonly number[] },
): ExportReport['notSealed'] {
  const borderMs = Math.max(fromMs, windowStartOf(sealedUntilMs, windowMs));
  const before = openMs.filter((startMs) => startMs < borderMs);
  const windows = before.length + Math.max(0, toMs - borderMs) / windowMs;
  const firstMs = before.length > 0 ? Math.min(...before) : borderMs;
  return { windows, from: windows === 0 ? null : new Date(firstMs).toISOString() };
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.W_OK);
  } catch (error) {
    throw new UsageError(`${dir} cannot be written to: ${error instanceof Error ? error.message : String(error)}`);
  }
}
