import type { JudgeTables } from '../../store/judgeStore.ts';
import type { Span } from '../../store/span.ts';
import { windowStartOf } from '../../time/window.ts';
import type { IncidentMark } from '../../windows/incidentMark.ts';
import type { AggregationPlan } from '../../windows/plan.ts';

/** The last instant of a Date. */
const LAST_MS = 8.64e15;

/** The incidents that a judge has heard of, so that it notices when people mark one in windows that it has judged, or take one back. */
export class KnownIncidents {
  #known: ReadonlyMap<string, IncidentMark> | undefined;

  /**
   * Starts of the windows of a judged span from which on all is to be judged again: one for each incident that came or went since the last call, none at the first. People
   * mark incidents long after them, further back than the store is searched for windows that moved.
   */
  async moved(
    store: Pick<JudgeTables, 'incidents'>,
    { stream, windowMs }: AggregationPlan,
    { fromMs, toMs }: Span,
  ): Promise<number[]> {
    const before = this.#known;
    // Those to come, too: when their windows are judged they are no news.
    const marks = await store.incidents(stream, { fromMs, toMs: LAST_MS });
    const now = new Map(marks.map((mark) => [JSON.stringify(mark), mark]));
    this.#known = now;
    if (before === undefined) return [];
    const came = [...now].filter(([key]) => !before.has(key));
    const went = [...before].filter(([key]) => !now.has(key));
    return [...came, ...went]
      .filter(([, { startMs, endMs }]) => startMs < toMs && endMs > fromMs)
      .map(([, { startMs }]) => Math.max(fromMs, windowStartOf(startMs, windowMs)));
  }
}
