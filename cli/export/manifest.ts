import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EXPORT_FORMATS } from '../../core/store/export/exportStore.ts';
import { writeWhole } from './wholeFile.ts';

/** Beside each file of data; readers of data pass over names that begin with `_`. */
const NAME = '_manifest.json';

const exportedWindow = z.object({
  startMs: z.number(),
  endMs: z.number(),
  /** How often it was judged anew; of a larger window, the sum over its base windows. */
  revision: z.number(),
  state: z.literal('sealed'),
  /** Events that were judged. */
  events: z.number(),
  /** Of a larger window: the most that were expected in one of its base windows, and the fewest that arrived in one. */
  serversExpected: z.number(),
  serversArrived: z.number(),
  /** By the packets; null where they do not say. */
  eventsAnnounced: z.number().nullable(),
  /** Events that came after it was sealed: they are in the rows, and were not judged. */
  tooLate: z.number(),
  rows: z.number(),
  /** Of what the rows hold; the same whenever and however they are exported. */
  digest: z.string(),
});

const manifest = z.object({
  version: z.literal(1),
  stream: z.string(),
  cut: z.array(z.string()).nullable(),
  windowMs: z.number(),
  format: z.enum(EXPORT_FORMATS),
  file: z.object({ name: z.string(), bytes: z.number(), sha256: z.string() }),
  /** Every window of the file's hour (or day) that was ever judged is in it. */
  whole: z.boolean(),
  rows: z.number(),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['timestamp', 'text', 'integer', 'double', 'boolean']),
      is: z.enum(['window', 'label', 'aggregate', 'metric', 'origin', 'field']),
      of: z.string(),
    }),
  ),
  windows: z.array(exportedWindow),
});

/** A window of an export: how it was judged, and what it holds. */
export type ExportedWindow = z.infer<typeof exportedWindow>;

/** What one file of an export holds. */
export type Manifest = z.infer<typeof manifest>;

/** The manifest of a folder; undefined when there is none, or none that can be read. */
export async function readManifest(dir: string): Promise<Manifest | undefined> {
  try {
    return manifest.parse(JSON.parse(await readFile(join(dir, NAME), 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || (error as { code?: string }).code === 'ENOENT')
      return undefined;
    throw error;
  }
}

/** Writes it whole. */
export const writeManifest = (dir: string, told: Manifest): Promise<void> =>
  writeWhole(join(dir, NAME), `${JSON.stringify(told, undefined, 1)}\n`);
