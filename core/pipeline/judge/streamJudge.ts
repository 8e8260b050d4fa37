import type { JudgeTables } from '../../store/judgeStore.ts';
import type { Span } from '../../store/span.ts';
import type { Instruments } from '../../telemetry.ts';
import { windowAt } from '../../time/window.ts';
import { NO_ANNOUNCEMENTS } from '../../windows/arrivalsOf.ts';
import { closeWindow, type Closing } from '../../windows/closeWindow.ts';
import { withIncidents } from '../../windows/incidentMark.ts';
import { JudgeMemory } from '../../windows/judgeMemory.ts';
import type { RosterTerms } from '../../windows/roster.ts';
import { type CellRow, mergeWindow } from '../../windows/mergeWindow.ts';
import type { GuardedCheck } from './guardedCheck.ts';
import { type JudgedSpan, noteFinding, retract, type WindowInputs, windowRow } from './judgedSpan.ts';
import { JudgedWindows } from './judgedWindows.ts';
import { KnownIncidents } from './knownIncidents.ts';

/** How far back the store is searched for windows that moved without a note, once all was searched after a start. */
const LOOK_BACK_MS = 4 * 3_600_000;

/** Windows read and judged in one go. */
const SPAN_WINDOWS = 60;

/** A snapshot is kept each time this many windows were judged: the price of a restatement is at most so many windows more. */
const SNAPSHOT_WINDOWS = 30;

/** What a judge asks of a check. */
export type JudgingCheck = Pick<GuardedCheck, 'plugin' | 'window' | 'snapshot' | 'restore'>;

/** What a stream's judge is made of. */
export interface StreamJudgeParts extends Closing {
  /** The stream whose packets announce this one's events, if there is one. */
  readonly packets: string | undefined;
  readonly latenessMs: number;
  readonly roster: RosterTerms;
  readonly checks: readonly JudgingCheck[];
  readonly store: JudgeTables;
  /** Whether a window may be judged now. What the fold remembers has no say in it: after going back it knows less than is known. */
  readonly isReady: (startMs: number) => boolean;
  readonly nowMs: () => number;
  readonly inSpan: Instruments['span'];
  /** Windows read and judged in one go; left out: an hour of minutes. */
  readonly spanWindows?: number;
  /** False: no snapshots are taken, since nothing will go back to one. */
  readonly keepsSnapshots?: boolean;
}

/** What one advance did. */
export interface Judged {
  readonly windows: number;
  readonly restated: number;
  readonly findings: number;
}

const NOTHING: Judged = { windows: 0, restated: 0, findings: 0 };

/**
 * Judges one stream: a fold over its windows in order of time. What the checks know after a window is a function of the windows up to it.
 * When late events move a window that was judged, the fold goes back to the last snapshot before it and comes forward again:
 *
 *     ---S----------S-------m------|-->     m moved: restore S, judge again up to |, write down what changed
 */
export class StreamJudge {
  readonly #parts: StreamJudgeParts;
  readonly #memory: JudgeMemory;
  readonly #judged: JudgedWindows;
  /** Start of the next window; undefined until the stream has events. */
  #nextMs: number | undefined;
  #sinceSnapshot = 0;
  /** How far back the next search for moved windows goes: after a start over all that are not sealed, then over the newest hours. */
  #lookBackMs: number;
  #sealedMs = Number.NEGATIVE_INFINITY;
  readonly #incidents = new KnownIncidents();
  /** Earliest window that moved since the last advance. */
  #movedMs = Number.POSITIVE_INFINITY;

  constructor(parts: StreamJudgeParts) {
    this.#parts = parts;
    this.#memory = new JudgeMemory(parts.roster);
    this.#judged = new JudgedWindows(parts.latenessMs);
    this.#lookBackMs = parts.latenessMs;
  }

  /** Start of the next window to judge, epoch ms; undefined before the first event. */
  get nextMs(): number | undefined {
    return this.#nextMs;
  }

  /** Windows that were judged and are judged again, since they or one before them moved. */
  get againWindows(): number {
    const fromMs = Math.min(this.#nextMs ?? Number.POSITIVE_INFINITY, this.#movedMs);
    return this.#judged.openMsFrom(fromMs) / this.#parts.plan.windowMs;
  }

  /** Goes on where the store says. */
  async resume(): Promise<void> {
    const { store, plan } = this.#parts;
    await this.#judged.load(store, plan.stream);
    this.#lookBackMs = this.#parts.latenessMs;
    if (Number.isFinite(this.#judged.frontierMs)) await this.#rewind(this.#judged.frontierMs);
  }

  /** Begins at the last snapshot at or before a window, or at the first window there is. */
  startAt(startMs: number): Promise<void> {
    return this.#rewind(startMs);
  }

  /** Tells it that events were stored in windows; those judged already will be judged again. */
  moved(windowStartsMs: Iterable<number>): void {
    for (const startMs of windowStartsMs) if (startMs < this.#movedMs) this.#movedMs = startMs;
  }

  /** Looks at the store for judged windows whose cells are no longer what they were; for notes that were lost. */
  async lookForMoved(): Promise<void> {
    const { store, plan } = this.#parts;
    const { frontierMs: toMs } = this.#judged;
    const fromMs = toMs - Math.min(this.#parts.latenessMs, this.#lookBackMs);
    if (!Number.isFinite(fromMs)) return;
    this.moved(await this.#incidents.moved(store, plan, { fromMs: toMs - this.#parts.latenessMs, toMs }));
    for (const [startMs, digest] of await store.digests(plan, this.#parts.packets, { fromMs, toMs }))
      if (this.#judged.of(startMs)?.digest !== digest) this.moved([startMs]);
    this.#lookBackMs = LOOK_BACK_MS;
  }

  /** Writes down which windows are sealed by now. */
  async seal(): Promise<void> {
    const { store, plan, nowMs } = this.#parts;
    const { sealedMs } = this.#judged;
    if (sealedMs === this.#sealedMs || !Number.isFinite(sealedMs)) return;
    await store.seal(plan.stream, sealedMs, nowMs());
    this.#sealedMs = sealedMs;
  }

  /** Judges all windows that are ready now, at most one span; call it again while it judges any. */
  async advance(): Promise<Judged> {
    const { plan, store } = this.#parts;
    await this.#goBackIfMoved();
    if (this.#nextMs === undefined) this.#nextMs = await store.firstWindow(plan.stream, 0);
    if (this.#nextMs === undefined) return NOTHING;
    if (this.#nextMs >= this.#judged.frontierMs && this.#memory.expectsNobody(this.#nextMs)) {
      // There is nothing to judge until somebody sends again.
      const sentMs = await store.firstWindow(plan.stream, this.#nextMs);
      if (sentMs === undefined) return NOTHING;
      this.#nextMs = sentMs;
    }
    const span = this.#readySpan(this.#nextMs);
    if (span.toMs === span.fromMs) return NOTHING;
    const attributes = { stream: plan.stream, windows: (span.toMs - span.fromMs) / plan.windowMs };
    return this.#parts.inSpan('touchstone.judge.windows', attributes, () => this.#judge(span));
  }

  async #goBackIfMoved(): Promise<void> {
    const movedMs = this.#movedMs;
    this.#movedMs = Number.POSITIVE_INFINITY;
    if (this.#nextMs === undefined || movedMs >= this.#nextMs) return;
    const { store, plan, serverCut, nowMs } = this.#parts;
    const { sealedMs } = this.#judged;
    if (movedMs + plan.windowMs <= sealedMs) {
      await this.seal();
      await store.countTooLate(plan.stream, serverCut, { fromMs: movedMs, toMs: sealedMs }, nowMs());
    }
    const backMs = Math.max(movedMs, sealedMs);
    if (backMs >= this.#nextMs) return;
    await this.#rewind(backMs);
    await store.dropSnapshots(plan.stream, this.nextMs ?? backMs);
  }

  /** Puts the fold back to what it was before a window. */
  async #rewind(startMs: number): Promise<void> {
    const snapshot = await this.#parts.store.snapshot(this.#parts.plan.stream, startMs);
    this.#memory.restore(snapshot?.entries.get('host')?.[0]?.[1]);
    for (const check of this.#parts.checks) check.restore(snapshot?.entries.get(check.plugin) ?? []);
    this.#sinceSnapshot = 0;
    this.#nextMs = snapshot?.windowStartMs ?? (await this.#parts.store.firstWindow(this.#parts.plan.stream, 0));
  }

  /** From `fromMs` on: windows judged before, then those that are ready. */
  #readySpan(fromMs: number): Span {
    const { plan, spanWindows = SPAN_WINDOWS } = this.#parts;
    const { windowMs } = plan;
    let toMs = fromMs;
    for (let count = 0; count < spanWindows; count++, toMs += windowMs)
      if (toMs >= this.#judged.frontierMs && !this.#parts.isReady(toMs)) break;
    return { fromMs, toMs };
  }

  async #judge(span: Span): Promise<Judged> {
    const { plan, store, packets, nowMs } = this.#parts;
    const digests = await store.digests(plan, packets, span);
    const [stored, standing, announcements, shortFiles, incidents] = await Promise.all([
      store.windows(plan.stream, span),
      store.findings(plan.stream, span),
      packets === undefined ? new Map<number, never>() : store.announcements(packets, plan.stream, span),
      store.shortFiles(plan.stream, span),
      store.incidents(plan.stream, span),
    ]);
    const outcome: JudgedSpan = { findings: [], windows: [], rosters: [], restated: 0, standing };
    for (let startMs = span.fromMs; startMs < span.toMs; startMs += plan.windowMs) {
      const witnesses = { ...(announcements.get(startMs) ?? NO_ANNOUNCEMENTS), shortFiles };
      const digest = digests.get(startMs) ?? 0n;
      this.#judgeWindow(startMs, stored.get(startMs) ?? [], { witnesses, incidents, digest, outcome });
      if (++this.#sinceSnapshot >= SNAPSHOT_WINDOWS && this.#parts.keepsSnapshots !== false)
        await this.#takeSnapshot(startMs + plan.windowMs);
    }
    retract(outcome, (startMs) => (this.#isSealed(startMs) ? undefined : (this.#judged.of(startMs)?.revision ?? 0)));
    await store.save(plan.stream, outcome, nowMs());
    this.#nextMs = span.toMs;
    this.#judged.reach(span.toMs);
    return { windows: outcome.windows.length, restated: outcome.restated, findings: outcome.findings.length };
  }

  #judgeWindow(
    startMs: number,
    rows: readonly CellRow[],
    { witnesses, incidents, digest, outcome }: WindowInputs,
  ): void {
    const { plan, checks } = this.#parts;
    const window = windowAt(startMs, plan.windowMs);
    const before = this.#judged.of(startMs);
    const moved = before !== undefined && before.digest !== digest;
    const revision = before === undefined ? 0 : before.revision + (moved ? 1 : 0);
    const merged = mergeWindow(plan, window, rows);
    const facts = { ...window, revision, merged, witnesses };
    const { closed: whole, roster } = closeWindow(this.#parts, this.#memory, facts);
    const closed = withIncidents(whole, incidents);
    const findings = checks.flatMap((check) => check.window(closed));
    if (this.#isSealed(startMs)) return;
    if (roster.sinceMs === startMs) outcome.rosters.push(roster);
    for (const finding of findings) noteFinding(outcome, finding);
    if (before !== undefined && !moved) return;
    this.#judged.set(startMs, { revision, digest });
    outcome.restated += moved ? 1 : 0;
    outcome.windows.push(windowRow(closed, { digest, roster }));
  }

  /** What was said of it stands; it is shown to the checks for what they must remember. */
  #isSealed(startMs: number): boolean {
    return startMs + this.#parts.plan.windowMs <= this.#judged.sealedMs;
  }

  async #takeSnapshot(windowStartMs: number): Promise<void> {
    this.#sinceSnapshot = 0;
    this.#memory.forgetBefore(windowStartMs);
    const entries = new Map(this.#parts.checks.map((check) => [check.plugin, check.snapshot()]));
    entries.set('host', [['', this.#memory.serialize()]]);
    await this.#parts.store.saveSnapshot(this.#parts.plan.stream, { windowStartMs, entries }, this.#parts.nowMs());
  }
}
