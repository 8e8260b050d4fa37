import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A record, and the partition that it goes to: that of its server, so that all partitions get about as many. */
export interface TopicRecord {
  readonly partition: number;
  readonly key: string;
  readonly value: string;
}

export const PARTITIONS = 8;
const NEWLINE = 10;
/** Lines of one server in a row: with two or three servers a partition, batches of about 1 MB. */
const RUN_LINES = 500;

/** The lines of a fleet's requests as records, the servers side by side in time, as a fleet sends them. */
export function* topicRecords(logs: string): Generator<readonly TopicRecord[]> {
  const folder = join(logs, 'requests');
  const servers = readdirSync(folder)
    .sort()
    .map((server, at) => ({ server, partition: at % PARTITIONS, lines: linesOf(join(folder, server)) }));
  for (let at = 0; servers.some(({ lines }) => at < lines.length); at += RUN_LINES)
    yield servers.flatMap(({ server, partition, lines }) =>
      lines.slice(at, at + RUN_LINES).map((value) => ({ partition, key: server, value })),
    );
}

function linesOf(folder: string): readonly string[] {
  const lines: string[] = [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  for (const name of files.sort()) {
    const bytes = readFileSync(join(folder, name));
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, at);
      lines.push(bytes.toString('utf8', at, newline));
      at = newline + 1;
    }
  }
  return lines;
}
