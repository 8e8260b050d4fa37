import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExportRows } from '../../core/store/export/exportColumn.ts';
import type { ExportFormat, ExportStore } from '../../core/store/export/exportStore.ts';
import { StoreError } from '../../core/store/storeError.ts';
import type { Span } from '../../core/store/span.ts';
import { UsageError } from '../usageError.ts';
import { DONE, type ExportKind, fileDir, fileName, fileSpanMs } from './exportDir.ts';
import { type ExportedWindow, type Manifest, readManifest, writeManifest } from './manifest.ts';
import { sealedWindows, windowsWithin } from './sealedWindows.ts';
import { type FilePrint, isFile, isThere, sweep, writeAside, writeWhole, type WrittenFile } from './wholeFile.ts';

/** An export, and where it goes. */
export interface FileParts {
  readonly store: ExportStore;
  readonly kind: ExportKind;
  readonly rows: ExportRows;
  readonly format: ExportFormat;
  /** Folder of the kind. */
  readonly root: string;
  /** Windows that start within it are wanted. */
  readonly span: Span;
  readonly sealedUntilMs: number;
  /** The last export here ran to its end: its files are what their manifests say. */
  readonly isSound: boolean;
  /** A file is about to change. */
  readonly beforeChange: () => Promise<void>;
}

/** What became of one file: `kept` as it was, although its windows changed, since the store no longer holds all that is in it. */
export interface FileOutcome {
  readonly path: string;
  readonly outcome: 'written' | 'unchanged' | 'kept';
  readonly windows: number;
  readonly rows: number;
  readonly bytes: number;
}

/** How often a file is begun anew because what it is made of changed meanwhile. */
const ATTEMPTS = 5;

/**
 * Exports the windows of one file: those wanted, beside those that it has. It is left alone when its manifest says the same already. The data gets its name, then the manifest,
 * then the marker: whenever this is cut off, what has a marker is whole, and the next export writes the rest.
 */
export async function exportFile(
  parts: FileParts,
  fileMs: number,
  attempts = ATTEMPTS,
): Promise<{ readonly file: FileOutcome | undefined; readonly openMs: readonly number[] }> {
  const dir = join(parts.root, fileDir(fileMs, parts.kind.windowMs));
  const path = join(dir, fileName(parts.format));
  const before = await readManifest(dir);
  if (before !== undefined && before.format !== parts.format)
    throw new UsageError(`${dir} holds ${before.format}: export ${parts.format} into another folder`);
  const now = await look(parts, fileMs, before);
  if (now.windows.length === 0) return { file: undefined, openMs: now.openMs };
  const answer = async (outcome: FileOutcome['outcome'], manifest: Manifest) => {
    const { windows, rows, file, whole } = manifest;
    if (whole && outcome !== 'kept') await mark(dir);
    return { file: { path, outcome, windows: windows.length, rows, bytes: file.bytes }, openMs: now.openMs };
  };
  if (before !== undefined) {
    if (isSame(parts, before, now) && (await isFile(path, before.file, !parts.isSound)))
      return answer('unchanged', before);
    if (hasLost(before, now.windows)) return answer('kept', before);
  }
  if (attempts === 0) throw new StoreError(`${path}: its windows changed each time they were read`, 'unsettled', true);
  await parts.beforeChange();
  await mkdir(dir, { recursive: true });
  await rm(join(dir, DONE), { force: true });
  await sweep(dir);
  const written = await writeData(parts, path, now);
  if (isDeepStrictEqual(now, await look(parts, fileMs, before))) {
    const manifest = manifestOf(parts, written, now);
    await written.keep();
    await writeManifest(dir, manifest);
    return answer('written', manifest);
  }
  await written.drop();
  return exportFile(parts, fileMs, attempts - 1);
}

/** The windows of a file as the store has them. */
interface Looked {
  readonly windows: readonly ExportedWindow[];
  readonly openMs: readonly number[];
  readonly whole: boolean;
}

async function look(
  { store, kind, rows, span, sealedUntilMs }: FileParts,
  fileMs: number,
  before: Manifest | undefined,
): Promise<Looked> {
  const { stream, windowMs } = kind;
  const within = windowsWithin({ fromMs: fileMs, toMs: fileMs + fileSpanMs(windowMs) }, windowMs);
  const { sealed, openMs } = sealedWindows(await store.windows(stream, within), windowMs, sealedUntilMs);
  const isWanted = (startMs: number): boolean => startMs >= span.fromMs && startMs < span.toMs;
  const there = new Set(before?.windows.map(({ startMs }) => startMs));
  const chosen = sealed.some(({ startMs }) => isWanted(startMs))
    ? sealed.filter(({ startMs }) => isWanted(startMs) || there.has(startMs))
    : [];
  const contents = await store.contents(rows, { ...within, startsMs: chosen.map(({ startMs }) => startMs) });
  return {
    windows: chosen.map((window) => ({ ...window, ...(contents.get(window.startMs) ?? EMPTY) })),
    openMs: openMs.filter(isWanted),
    whole: chosen.length === sealed.length && openMs.length === 0 && within.toMs <= sealedUntilMs,
  };
}

const EMPTY = { rows: 0, digest: '0'.repeat(32) };

const isSame = ({ rows }: FileParts, before: Manifest, now: Looked): boolean => {
  const known = new Map(before.windows.map((window) => [window.startMs, window]));
  return (
    before.whole === now.whole &&
    isDeepStrictEqual(before.columns, rows.columns) &&
    now.windows.every((window) => isDeepStrictEqual(window, known.get(window.startMs)))
  );
};

/** The store drops what is older than its retention: a window that it no longer has, or has fewer rows of although nobody judged it anew. */
function hasLost(before: Manifest, windows: readonly ExportedWindow[]): boolean {
  const now = new Map(windows.map((window) => [window.startMs, window]));
  return before.windows.some(({ startMs, revision, rows }) => {
    const window = now.get(startMs);
    return window === undefined || (window.revision === revision && window.rows < rows);
  });
}

function writeData({ store, kind, rows, format }: FileParts, path: string, { windows }: Looked): Promise<WrittenFile> {
  const startsMs = windows.map(({ startMs }) => startMs);
  const within = { fromMs: Math.min(...startsMs), toMs: Math.max(...startsMs) + kind.windowMs };
  return writeAside(path, store.bytes(rows, { ...within, startsMs }, format));
}

function manifestOf(
  { kind, rows, format }: FileParts,
  { bytes, sha256 }: FilePrint,
  { windows, whole }: Looked,
): Manifest {
  const { stream, cut, windowMs } = kind;
  return {
    version: 1,
    stream,
    cut: cut === undefined ? null : [...cut],
    windowMs,
    format,
    file: { name: fileName(format), bytes, sha256 },
    whole,
    rows: windows.reduce((sum, window) => sum + window.rows, 0),
    columns: [...rows.columns],
    windows: [...windows],
  };
}

/** A run may have been killed between a manifest and its marker. */
async function mark(dir: string): Promise<void> {
  const marker = join(dir, DONE);
  if (!(await isThere(marker))) await writeWhole(marker, '');
}
