import { readFile } from 'node:fs/promises';
import type { Manifest } from '../source.ts';
import { parseManifest } from './layout.ts';

/** The manifest in a file; undefined when there is none, or not (yet) a whole one. */
export async function readManifest(path: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
