import { concerns, type PlannedFault } from './faultPlan.ts';
import { addLine, lineAt, type MinuteLog, minuteLog } from './minuteLog.ts';
import { type Random, randomOf, unitOf } from './rng.ts';
import { MINUTE_MS, type Stream, timeFieldOf } from './stream.ts';
import { emptyTally, type Tally, tallyEvent } from './tally.ts';

type Event = Record<string, unknown>;
type FaultOf<Kind extends PlannedFault['kind']> = Extract<PlannedFault, { kind: Kind }>;
type ContentFault = FaultOf<
  'field-added' | 'field-removed' | 'field-renamed' | 'type-changed' | 'null-rate' | 'new-enum-value'
>;

/** Which minute of which log; seeds the choice of lines. */
export interface LogAt {
  readonly seed: number;
  readonly server: string;
  readonly stream: Stream;
  readonly minuteMs: number;
}

/** What a server writes when its own code or clock is wrong: other members, another time, another order. Answers the log itself when nothing is. */
export function writtenLog(log: MinuteLog, faults: readonly PlannedFault[], at: LogAt): MinuteLog {
  const own = faults.filter(
    (fault) => concerns(fault, at.stream) || (fault.kind === 'clock-skew' && at.stream === 'packets'),
  );
  const skewMs = own.reduce((sum, fault) => sum + (fault.kind === 'clock-skew' ? fault.size : 0), 0);
  const content = own.filter(isContent);
  const reorder = own.find((fault) => fault.kind === 'reorder');
  if (skewMs === 0 && content.length === 0 && reorder === undefined) return log;
  const random = randomOf(at.seed, 'content', at.server, at.stream, at.minuteMs);
  const lines = Array.from({ length: log.lines }, (_, line) => ({
    text: changedLine(lineAt(log, line).toString('latin1'), content, { ...at, skewMs, random }),
    writtenMs: log.writtenMs[line] ?? 0,
  }));
  if (reorder !== undefined) shuffleNear(lines, reorder.size, random);
  const written = minuteLog();
  for (const { text, writtenMs } of lines) addLine(written, text, writtenMs);
  return written;
}

/** What of it reaches the disk: some lines may be lost, cut off or turned to garbage. Answers the log itself when nothing happened. */
export function arrivedLog(log: MinuteLog, faults: readonly PlannedFault[], at: LogAt): MinuteLog {
  const sizeOf = (kind: 'lost-lines' | 'truncated-line' | 'garbage-bytes'): number =>
    faults.reduce((size, fault) => (fault.kind === kind && concerns(fault, at.stream) ? fault.size : size), 0);
  const [lost, cut, garbage] = [sizeOf('lost-lines'), sizeOf('truncated-line'), sizeOf('garbage-bytes')];
  if (lost + cut + garbage === 0) return log;
  const random = randomOf(at.seed, 'transport', at.server, at.stream, at.minuteMs);
  const arrived = minuteLog();
  for (let line = 0; line < log.lines; line++) {
    const chance = unitOf(random);
    const text = lineAt(log, line).toString('latin1');
    const writtenMs = log.writtenMs[line] ?? 0;
    if (chance < lost) continue;
    if (chance < lost + cut) addLine(arrived, `${text.slice(0, 2 + (random() % (text.length - 3)))}\n`, writtenMs);
    else if (chance < lost + cut + garbage) addLine(arrived, garbageLine(random), writtenMs);
    else addLine(arrived, text, writtenMs);
  }
  return arrived;
}

/** What a log holds, by the window of each event; lines that are no JSON objects are counted in `undecodable`. */
export function tallyLog(
  log: MinuteLog,
  stream: Stream,
): { readonly windows: ReadonlyMap<number, Tally>; readonly undecodable: number } {
  const windows = new Map<number, Tally>();
  let undecodable = 0;
  for (let line = 0; line < log.lines; line++) {
    const event = parsed(lineAt(log, line).toString('latin1'));
    const timeMs = event?.[timeFieldOf(stream)];
    if (event === undefined || typeof timeMs !== 'number') {
      undecodable++;
      continue;
    }
    const startMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    const tally = windows.get(startMs) ?? emptyTally(stream);
    tallyEvent(tally, stream, event);
    windows.set(startMs, tally);
  }
  return { windows, undecodable };
}

const isContent = (fault: PlannedFault): fault is ContentFault & PlannedFault =>
  ['field-added', 'field-removed', 'field-renamed', 'type-changed', 'null-rate', 'new-enum-value'].includes(fault.kind);

interface Change {
  readonly stream: Stream;
  readonly skewMs: number;
  readonly random: Random;
}

function changedLine(
  text: string,
  faults: readonly (ContentFault & PlannedFault)[],
  { stream, skewMs, random }: Change,
): string {
  let event = JSON.parse(text) as Event;
  for (const fault of faults)
    if (unitOf(random) < fault.size && Object.entries(fault.where).every(([field, value]) => event[field] === value))
      event = changed(event, fault);
  const timeField = timeFieldOf(stream);
  if (skewMs !== 0)
    event[timeField] =
      Number(event[timeField]) + (stream === 'packets' ? Math.round(skewMs / MINUTE_MS) * MINUTE_MS : skewMs);
  return `${JSON.stringify(event)}\n`;
}

function changed(event: Event, fault: ContentFault): Event {
  const { field } = fault;
  switch (fault.kind) {
    case 'field-added':
      return { ...event, [field]: fault.value };
    case 'field-removed':
      return Object.fromEntries(Object.entries(event).filter(([name]) => name !== field));
    case 'field-renamed':
      return Object.fromEntries(
        Object.entries(event).map(([name, value]) => [name === field ? fault.to : name, value]),
      );
    case 'type-changed':
      return { ...event, [field]: typeof event[field] === 'string' ? [event[field]] : String(event[field]) };
    case 'null-rate':
      return { ...event, [field]: null };
    case 'new-enum-value':
      return { ...event, [field]: fault.value };
  }
}

/** Moves each line by up to `sizeMs`; in the file they then stand in another order, at the times at which lines were written. */
function shuffleNear(lines: { text: string; writtenMs: number }[], sizeMs: number, random: Random): void {
  const times = lines.map(({ writtenMs }) => writtenMs);
  const keyed = lines.map((line) => ({ line, key: line.writtenMs + unitOf(random) * sizeMs }));
  keyed.sort((a, b) => a.key - b.key);
  keyed.forEach(({ line }, at) => {
    lines[at] = { text: line.text, writtenMs: times[at] ?? 0 };
  });
}

/** Up to 200 bytes of anything but a newline. */
function garbageLine(random: Random): string {
  const length = 1 + (random() % 200);
  const bytes = Array.from({ length }, () => {
    const byte = random() & 255;
    return String.fromCharCode(byte === 10 ? 0 : byte);
  });
  return `${bytes.join('')}\n`;
}

function parsed(text: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Event) : undefined;
  } catch {
    return undefined;
  }
}
