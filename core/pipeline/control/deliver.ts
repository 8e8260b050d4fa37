import type { Logger } from 'pino';
import { retryDelayMs } from '../../delivery/retrySchedule.ts';
import { sendWebhook } from '../../delivery/sendWebhook.ts';
import type { ControlStore, DueDelivery, Receiver } from '../../store/controlStore.ts';
import type { Instruments } from '../../telemetry.ts';
import type { Clock } from '../../time/wallClock.ts';

/** Deliveries under way at once, and to one receiver: a slow one does not hold up the others. */
const IN_FLIGHT_MAX = 16;
const PER_RECEIVER_MAX = 2;

const TIMEOUT_MS = 15_000;

/** What delivering needs. */
export interface DeliveryParts {
  readonly store: ControlStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instruments: Instruments;
}

/** Owns the deliveries under way. What is due comes from the store, so nothing is forgotten with the process. */
export class Deliveries {
  readonly #parts: DeliveryParts;
  /** By notice and receiver. */
  readonly #underWay = new Map<string, { readonly receiverId: string; readonly done: Promise<void> }>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Starts what is due. */
  async startDue(receivers: readonly Receiver[]): Promise<void> {
    const byId = new Map(receivers.filter(({ enabled }) => enabled).map((receiver) => [receiver.id, receiver]));
    if (byId.size === 0) return;
    // One that ends while the store is asked may be in its answer still.
    const underWay = new Set(this.#underWay.keys());
    for (const due of await this.#parts.store.due(this.#parts.clock(), 200)) {
      const receiver = byId.get(due.receiverId);
      const key = `${due.noticeId} ${due.receiverId}`;
      if (receiver === undefined || underWay.has(key) || !this.#hasRoom(receiver.id)) continue;
      const done = this.#parts.instruments
        .span('touchstone.deliver', { notice: due.noticeId, receiver: receiver.id }, () => this.#attempt(due, receiver))
        .catch((error: unknown) => {
          this.#parts.log.warn({ err: error }, 'a delivery could not be written down; it will be made again');
        })
        .finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, { receiverId: receiver.id, done });
    }
  }

  /** Waits for what is under way. */
  async settle(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  #hasRoom(receiverId: string): boolean {
    const toReceiver = [...this.#underWay.values()].filter((delivery) => delivery.receiverId === receiverId).length;
    return this.#underWay.size < IN_FLIGHT_MAX && toReceiver < PER_RECEIVER_MAX;
  }

  async #attempt(
    { noticeId, receiverId, attempts, type, body, windowEndMs }: DueDelivery,
    { url, secrets }: Receiver,
  ): Promise<void> {
    const { store, clock, instruments } = this.#parts;
    const result = await sendWebhook({ url, secrets, id: noticeId, body, nowMs: clock(), timeoutMs: TIMEOUT_MS });
    const attempt = attempts + 1;
    const delayMs = result.outcome === 'retry' ? retryDelayMs(attempt, Math.random(), result.retryAfterMs) : undefined;
    const outcome = result.outcome === 'retry' && delayMs === undefined ? 'given-up' : result.outcome;
    instruments.count('touchstone.deliveries', 1, { outcome });
    if (outcome === 'delivered' && type === 'alert.firing')
      instruments.duration('touchstone.detection.delay', clock() - windowEndMs);
    const { status, latencyMs, error } = result;
    await store.saveAttempt(
      {
        noticeId,
        receiverId,
        attempt,
        status,
        latencyMs,
        outcome,
        error,
        nextAttemptAtMs: delayMs === undefined ? undefined : clock() + delayMs,
      },
      clock(),
    );
  }
}
