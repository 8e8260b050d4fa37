import type { Draft } from '../../findings/draft.ts';
import type { EvidenceTable } from '../../findings/evidence.ts';
import type { Finding } from '../../findings/finding.ts';
import { seededRandom } from '../../findings/random.ts';
import { sign, type Signer } from '../../findings/sign.ts';
import type { EventBatch } from '../../events/batch.ts';
import type { Check, Json } from '../../plugin.ts';
import type { Window } from '../../time/window.ts';
import type { ClosedWindow } from '../../windows/closedWindow.ts';
import type { AggregationPlan } from '../../windows/plan.ts';
import type { ConfiguredPlugin } from '../plugins.ts';

/** Findings of one check over one window beyond which it is taken to be broken. */
const FINDINGS_MAX = 10_000;

/** What the host says in its own name. */
export const HOST_MESSAGES = {
  quarantined:
    'The plugin {plugin} was quarantined on {series}: {reason}. It judges nothing there until the process starts again.',
} as const;

/** How a check is watched. */
export interface GuardOptions {
  readonly plan: AggregationPlan;
  readonly streamKind: 'events' | 'packets';
  readonly table: EvidenceTable;
  readonly checkMsMax: number;
  /** Monotonic milliseconds. */
  readonly stopwatch: () => number;
}

/** One check of one plugin on one stream: signs what it says, and quarantines it when it throws or takes too long. */
export class GuardedCheck {
  readonly plugin: string;
  readonly #check: Check;
  readonly #signer: Signer;
  readonly #options: GuardOptions;
  #random: () => number = Math.random;
  #quarantined = false;

  constructor({ plugin, options }: ConfiguredPlugin, guard: GuardOptions) {
    this.plugin = plugin.name;
    this.#options = guard;
    this.#signer = { plugin: plugin.name, messages: plugin.messages, table: guard.table };
    const { stream, windowMs, metrics } = guard.plan;
    this.#check = plugin.create(options, {
      stream,
      streamKind: guard.streamKind,
      windowMs,
      metrics,
      random: () => this.#random(),
    });
  }

  /** Whether it was put out of service. */
  get isQuarantined(): boolean {
    return this.#quarantined;
  }

  judgesBatches(): boolean {
    return this.#check.process !== undefined;
  }

  /** Shows it a batch that was just read. The findings belong to the window of the batch's first event. */
  process(batch: EventBatch, window: Window): readonly Finding[] {
    return this.#guard({ ...window, revision: 0 }, () => this.#check.process?.(batch) ?? []);
  }

  /** Shows it a ready window. */
  window(closed: ClosedWindow): readonly Finding[] {
    return this.#guard(closed, () => this.#check.window?.(closed) ?? []);
  }

  snapshot(): (readonly [string, string])[] {
    return this.#quarantined
      ? []
      : [...(this.#check.snapshot?.() ?? [])].map(([series, state]) => [series, JSON.stringify(state)] as const);
  }

  restore(entries: readonly (readonly [string, string])[]): void {
    this.#check.restore?.(entries.map(([series, state]) => [series, JSON.parse(state) as Json] as const));
  }

  #guard(window: Window & { readonly revision: number }, judge: () => readonly Draft[]): readonly Finding[] {
    if (this.#quarantined) return [];
    this.#random = seededRandom(`${this.plugin}|${this.#options.plan.stream}|${String(window.startMs)}`);
    const startedMs = this.#options.stopwatch();
    try {
      const drafts = judge();
      const tookMs = this.#options.stopwatch() - startedMs;
      if (tookMs > this.#options.checkMsMax)
        return this.#quarantine(
          window,
          `it took ${tookMs.toFixed(0)} ms; ${String(this.#options.checkMsMax)} ms are allowed`,
        );
      if (drafts.length > FINDINGS_MAX)
        return this.#quarantine(window, `it gave ${String(drafts.length)} findings of one window`);
      return drafts.map((draft) => sign(this.#signer, window, draft));
    } catch (error) {
      return this.#quarantine(window, `it threw: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #quarantine(window: Window & { readonly revision: number }, reason: string): Finding[] {
    this.#quarantined = true;
    const signer = { plugin: 'touchstone', messages: HOST_MESSAGES, table: this.#options.table };
    const draft: Draft = {
      message: 'quarantined',
      data: { reason },
      severity: 'critical',
      series: '',
      labels: { plugin: this.plugin },
    };
    return [sign(signer, window, draft)];
  }
}
