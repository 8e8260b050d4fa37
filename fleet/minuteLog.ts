/** The lines that one server writes to one stream in one minute, back to back. Used again minute after minute. */
export interface MinuteLog {
  bytes: Buffer;
  length: number;
  lines: number;
  /** Offset after each line's newline. */
  lineEnds: Uint32Array;
  /** When each line is written, milliseconds into the minute. */
  writtenMs: Uint32Array;
}

/** An empty log. */
export function minuteLog(): MinuteLog {
  return {
    bytes: Buffer.allocUnsafe(1 << 16),
    length: 0,
    lines: 0,
    lineEnds: new Uint32Array(256),
    writtenMs: new Uint32Array(256),
  };
}

/** Forgets the lines, keeps the memory. */
export function clearLog(log: MinuteLog): void {
  log.length = 0;
  log.lines = 0;
}

/** The bytes of one line, its newline included. */
export const lineAt = (log: MinuteLog, at: number): Buffer =>
  log.bytes.subarray(at === 0 ? 0 : log.lineEnds[at - 1], log.lineEnds[at]);

/** Appends a line of ASCII (its newline included) that is written `writtenMs` into the minute. */
export function addLine(log: MinuteLog, line: string, writtenMs: number): void {
  if (log.length + line.length > log.bytes.length) growBytes(log, log.length + line.length);
  if (log.lines === log.lineEnds.length) growLines(log);
  log.length += log.bytes.write(line, log.length, 'latin1');
  log.lineEnds[log.lines] = log.length;
  log.writtenMs[log.lines] = writtenMs;
  log.lines++;
}

function growBytes(log: MinuteLog, needed: number): void {
  const bytes = Buffer.allocUnsafe(Math.max(needed, log.bytes.length * 2));
  log.bytes.copy(bytes, 0, 0, log.length);
  log.bytes = bytes;
}

function growLines(log: MinuteLog): void {
  const lineEnds = new Uint32Array(log.lineEnds.length * 2);
  lineEnds.set(log.lineEnds);
  const writtenMs = new Uint32Array(lineEnds.length);
  writtenMs.set(log.writtenMs);
  Object.assign(log, { lineEnds, writtenMs });
}
