import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExportRows } from '../../core/store/export/exportColumn.ts';
import type { ExportFormat, ExportStore } from '../../core/store/export/exportStore.ts';
import type { Span } from '../../core/store/span.ts';
import { UsageError } from '../usageError.ts';
import { DONE, type ExportKind, fileDir, fileName, fileSpanMs } from './exportDir.ts';
import { type ExportedWindow, type Manifest, readManifest, writeManifest } from './manifest.ts';
import { sealedWindows, windowsWithin } from './sealedWindows.ts';
import { isFile, sweep, writeAside, writeWhole, type WrittenFile } from './wholeFile.ts';

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
): Promise<{ readonly file: FileOutcome | undefined; readonly openMs: readonly number[] }> {
  const dir = join(parts.root, fileDir(fileMs, parts.kind.windowMs));
  const path = join(dir, fileName(parts.format));
  const before = await readManifest(dir);
  if (before !== undefined && before.format !== parts.format)
    throw new UsageError(`${dir} holds ${before.format}: export ${parts.format} into another folder`);
  let now = await look(parts, fileMs, before);
  const answer = (outcome: FileOutcome['outcome'], { windows, rows, file }: Manifest) => ({
    file: { path, outcome, windows: windows.length, rows, bytes: file.bytes },
    openMs: now.openMs,
  });
  if (now.windows.length === 0) return { file: undefined, openMs: now.openMs };
  if (before !== undefined) {
    if (isSame(parts, before, now) && (await isFile(path, before.file, !parts.isSound)))
      return answer('unchanged', before);
    if (hasLost(before, now.windows)) return answer('kept', before);
  }
  await parts.beforeChange();
  await mkdir(dir, { recursive: true });
  await rm(join(dir, DONE), { force: true });
  await sweep(dir);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const written = await writeData(parts, path, now);
    const after = await look(parts, fileMs, before);
    if (isDeepStrictEqual(now, after)) return answer('written', await keep(parts, dir, { written, now }));
    await written.drop();
    now = after;
  }
  throw new Error(`${path}: its windows changed each time they were read; run it again later`);
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

async function keep(
  { kind, rows, format }: FileParts,
  dir: string,
  { written, now }: { readonly written: WrittenFile; readonly now: Looked },
): Promise<Manifest> {
  const { stream, cut, windowMs } = kind;
  const manifest: Manifest = {
    version: 1,
    stream,
    cut: cut === undefined ? null : [...cut],
    windowMs,
    format,
    file: { name: fileName(format), bytes: written.bytes, sha256: written.sha256 },
    whole: now.whole,
    rows: now.windows.reduce((sum, window) => sum + window.rows, 0),
    columns: [...rows.columns],
    windows: [...now.windows],
  };
  await written.keep();
  await writeManifest(dir, manifest);
  if (now.whole) await writeWhole(join(dir, DONE), '');
  return manifest;
}
