import type { Rule } from '../../alerts/rule.ts';
import type { Config } from '../../config/config.ts';
import type { Finding } from '../../findings/finding.ts';
import type { HistoryStore } from '../../store/historyStore.ts';
import type { WindowRow } from '../../store/judgementRows.ts';
import type { StreamJudge } from '../judge/streamJudge.ts';
import { packetsFor } from '../../config/packetsFor.ts';
import { judgeOver } from '../streamSetup.ts';
import { AlarmLog } from './alarmLog.ts';
import { Census } from './census.ts';
import { FindingTally } from './findingTally.ts';
import type { StreamSpan } from './historySpans.ts';
import { HistoryTables } from './historyTables.ts';
import type { Side } from './optionSet.ts';
import { ReadAhead } from './readAhead.ts';

/** Windows judged before others have their turn: one of many series, with many findings, takes long enough. */
const SPAN_WINDOWS = 1;

/** What is judged of one stream, by which sides. */
export interface StreamBacktestParts {
  readonly config: Config;
  readonly store: HistoryStore;
  readonly span: StreamSpan;
  readonly sides: readonly Side[];
  readonly rules: readonly Rule[];
  readonly shownMax: number;
}

/** What one side said of the stream. */
export interface JudgedSide {
  readonly tally: FindingTally;
  readonly alarms: AlarmLog;
}

/** Judges one stream by every side, side by side: what is read is read once. */
export class StreamBacktest {
  readonly census: Census;
  readonly judged: readonly JudgedSide[];
  readonly #span: StreamSpan;
  readonly #judges: readonly StreamJudge[];
  #hasBegun = false;

  constructor({ config, store, span, sides, rules, shownMax }: StreamBacktestParts) {
    const { stream, windowMs, firstMs, untilMs } = span;
    this.#span = span;
    this.census = new Census(span.fromMs);
    this.judged = sides.map(() => ({
      tally: new FindingTally(shownMax),
      alarms: new AlarmLog(rules, span.fromMs),
    }));
    const packets = packetsFor(config, stream);
    const ahead = new ReadAhead(store, { stream, windowMs, packets, span: { fromMs: firstMs, toMs: untilMs } });
    const incidents = store.incidents(stream, { fromMs: firstMs, toMs: untilMs });
    // What goes wrong with it is told when it is asked for.
    incidents.catch(() => undefined);
    const firstWindow = async (fromMs: number): Promise<number | undefined> =>
      (await store.bounds(stream, { fromMs: Math.max(fromMs, firstMs), toMs: untilMs }))?.firstMs;
    this.#judges = sides.map(({ plugins, streams }, at) => {
      const ingest = streams.get(stream);
      if (ingest === undefined) throw new RangeError(`declare the stream ${stream} in the config`);
      return judgeOver({ config, plugins }, ingest, {
        store: new HistoryTables({ ahead, firstWindow, incidents, take: (...judged) => this.#take(at, ...judged) }),
        untilMs,
        spanWindows: SPAN_WINDOWS,
        // Both sides are shown the same.
        alsoShown: at === 0 ? [this.census] : [],
      });
    });
  }

  /** How much of it is judged, 0 to 1. */
  get share(): number {
    const { firstMs, untilMs } = this.#span;
    return ((this.#judges[0]?.nextMs ?? firstMs) - firstMs) / (untilMs - firstMs);
  }

  /** Judges some windows by each side; false when there are no more. */
  async advance(): Promise<boolean> {
    if (!this.#hasBegun) for (const judge of this.#judges) await judge.startAt(this.#span.firstMs);
    this.#hasBegun = true;
    let hasMoved = false;
    for (const judge of this.#judges) {
      const before = judge.nextMs;
      await judge.advance();
      hasMoved ||= judge.nextMs !== before;
    }
    return hasMoved;
  }

  #take(at: number, findings: readonly Finding[], windows: readonly WindowRow[]): void {
    const side = this.judged[at];
    if (side === undefined) return;
    const byWindow = Map.groupBy(findings, ({ startMs }) => startMs);
    for (const { stream, startMs, endMs } of windows) {
      const found = byWindow.get(startMs) ?? [];
      if (startMs >= this.#span.fromMs) for (const finding of found) side.tally.take(finding);
      side.alarms.take({ stream, startMs, endMs, findings: found });
    }
  }
}
