import { parseManifest } from '../files/layout.ts';
import type { FileRead, Manifest, SourceItem, StoredPosition } from '../source.ts';

/** The value of a manifest's record: the manifest, and what the shipper read of its file. */
export const manifestValue = (manifest: Manifest, shipped: FileRead): string =>
  JSON.stringify({ ...manifest, shipped });

/** A manifest that came as a record; undefined when it is none. */
export function manifestItem(value: Buffer | null, position: StoredPosition): SourceItem | undefined {
  const text = value?.toString('utf8') ?? '';
  const manifest = parseManifest(text);
  if (manifest === undefined || manifest.stream === '' || manifest.server === '') return undefined;
  const { shipped } = JSON.parse(text) as { shipped?: Partial<FileRead> };
  const read = {
    events: shipped?.events ?? manifest.events,
    problems: shipped?.problems ?? 0,
    bytes: shipped?.bytes ?? manifest.bytes,
  };
  return { kind: 'manifest', manifest, read, position };
}
