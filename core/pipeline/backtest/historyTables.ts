import type { Finding } from '../../findings/finding.ts';
import type { JudgeTables } from '../../store/judgeStore.ts';
import type { Judgement, WindowRow } from '../../store/judgementRows.ts';
import type { Span } from '../../store/span.ts';
import type { Announcements } from '../../windows/arrivalsOf.ts';
import type { IncidentMark } from '../../windows/incidentMark.ts';
import type { CellRow } from '../../windows/mergeWindow.ts';
import type { ReadAhead } from './readAhead.ts';

/** What was judged, in order of time. */
export type TakeJudged = (findings: readonly Finding[], windows: readonly WindowRow[]) => void;

/** Where history is read from, from where on, and who is told what was judged. */
export interface HistoryParts {
  readonly ahead: Pick<ReadAhead, 'of'>;
  /** Start of the first window at or after a time that has events; undefined when there is none. */
  readonly firstWindow: (fromMs: number) => Promise<number | undefined>;
  readonly take: TakeJudged;
  /** All that people marked in the stream's span. */
  readonly incidents: Promise<readonly IncidentMark[]>;
}

/** A store of which the judge believes that nothing was judged ever; what it writes down is taken by somebody, and stored nowhere. */
export class HistoryTables implements JudgeTables {
  readonly #parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  async windows(_stream: string, span: Span): Promise<Map<number, CellRow[]>> {
    const pieces = await this.#parts.ahead.of(span);
    return new Map(pieces.flatMap(({ cells }) => [...cells]));
  }

  async announcements(_packets: string, _stream: string, span: Span): Promise<Map<number, Announcements>> {
    const pieces = await this.#parts.ahead.of(span);
    return new Map(pieces.flatMap(({ announcements }) => [...announcements]));
  }

  async shortFiles(_stream: string, span: Span): ReturnType<JudgeTables['shortFiles']> {
    const pieces = await this.#parts.ahead.of(span);
    // A file is in each piece that it overlaps, and may be counted once.
    return [
      ...new Map(pieces.flatMap(({ shortFiles }) => shortFiles.map((file) => [JSON.stringify(file), file]))).values(),
    ];
  }

  incidents(): Promise<readonly IncidentMark[]> {
    return this.#parts.incidents;
  }

  firstWindow(_stream: string, fromMs: number): Promise<number | undefined> {
    return this.#parts.firstWindow(fromMs);
  }

  save(_stream: string, { findings, windows }: Judgement): Promise<void> {
    this.#parts.take(
      findings.map(({ finding }) => finding),
      windows,
    );
    return Promise.resolve();
  }

  /** Nothing was judged before, nothing moves, nothing is sealed. */
  readonly judgedUntil = (): Promise<undefined> => Promise.resolve(undefined);
  readonly judged = (): Promise<Map<number, never>> => Promise.resolve(new Map<never, never>());
  readonly digests = (): Promise<Map<number, bigint>> => Promise.resolve(new Map<never, never>());
  readonly findings = (): Promise<Map<string, never>> => Promise.resolve(new Map<never, never>());
  readonly snapshot = (): Promise<undefined> => Promise.resolve(undefined);
  readonly saveSnapshot = (): Promise<void> => Promise.resolve();
  readonly dropSnapshots = (): Promise<void> => Promise.resolve();
  readonly seal = (): Promise<void> => Promise.resolve();
  readonly countTooLate = (): Promise<void> => Promise.resolve();
}
