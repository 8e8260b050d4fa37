import type { Span } from '../../store/span.ts';
import { type DifferingCells, type MendedCells, WindowCells } from '../../store/windowCells.ts';
import { growAgain, type GrowParts } from './growAgain.ts';
import type { StreamIngest } from '../ingest/streamIngest.ts';

/** Which windows are made again out of their raw events. */
export interface ReplayWindowsParts extends GrowParts {
  readonly stream: StreamIngest;
  /** Windows that lie wholly in it are compared. */
  readonly span: Span;
  /** Whether the cells that differ are put right. */
  readonly repair: boolean;
}

/** What making windows again found. */
export interface WindowsReport {
  readonly events: number;
  readonly windows: number;
  readonly cells: number;
  readonly differing: readonly DifferingCells[];
  /** What was put right; undefined where nothing was to be. */
  readonly mended: MendedCells | undefined;
}

/**
 * Grows the cells of a span's windows again from the raw events that are stored, into a database of its own, and compares them byte by byte with the stored ones, and
 * the windows' events with the raw ones. A repair replaces the cells of windows that differ; those that are not sealed are judged again when judging starts next. Nobody may ingest meanwhile.
 */
export async function replayWindows(parts: ReplayWindowsParts): Promise<WindowsReport> {
  const { connection, config, into, stream, span, repair } = parts;
  const { windowMs } = stream.config;
  const events = await growAgain(parts, stream, span);
  const cells = new WindowCells(connection, {
    ...{ database: config.clickhouse.database, grown: into },
    ...{ stream: stream.schema.name, serverCut: stream.schema.serverField },
  });
  // Whole windows: those that start in it and end in it.
  const whole = { fromMs: span.fromMs, toMs: span.toMs - windowMs + 1 };
  const [counted, differing] = [await cells.counted(whole), await cells.differing(whole)];
  const starts = differing.map(({ startMs }) => startMs);
  const mended = repair && starts.length > 0 ? await cells.mend(starts) : undefined;
  return { events, ...counted, differing, mended };
}
