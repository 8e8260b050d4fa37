import type { Fence } from '../../store/fence.ts';
import { type AuditParts, startAudit } from './audit.ts';
import { type Control, type ControlParts, startControl } from './control.ts';
import type { Input } from '../input.ts';
import { startPublishing } from './publish.ts';
import { untilDone } from '../untilDone.ts';

/** What the control share is made of. */
export interface ControlShareParts extends Omit<ControlParts, 'fence' | 'onFenced'> {
  /** Where other processes stand by (else nobody else is in control), and where to publish. */
  readonly input: Pick<Input, 'claims' | 'publisher'>;
  /** What is audited. */
  readonly streams: AuditParts['streams'];
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

const CLAIM = 'control';

/** Control, while it is ours: one process is active, the others stand by. */
export class ControlShare {
  readonly #parts: ControlShareParts;
  #wanted = false;
  #control: Promise<Control | undefined> = Promise.resolve(undefined);

  constructor(parts: ControlShareParts) {
    this.#parts = parts;
  }

  /** Begins or ends to be in control; one after the other. */
  take(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#restart();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    this.#restart();
    await this.#control;
  }

  #restart(): void {
    this.#control = this.#control.then(async (before) => {
      await before?.stop();
      return this.#wanted ? this.#start() : undefined;
    });
  }

  async #start(): Promise<Control | undefined> {
    const { input, clock, signal, onFailure } = this.#parts;
    const { claims } = input;
    if (claims === undefined) return this.#begin(new Map());
    let token: string | undefined;
    try {
      await untilDone({ signal, onFailure }, async () => {
        if (this.#wanted) token = await claims.claim([CLAIM], clock());
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (token === undefined) return undefined;
    return this.#begin(new Map([[CLAIM, token]]));
  }

  /** Begins what is control's: alerts and deliveries, the audit, and publishing. */
  #begin(fence: Fence): Control {
    const { claims, publisher } = this.#parts.input;
    // Whoever claimed it is in control, as long as the group has not given it to us anew.
    const onFenced = (): void => {
      this.#restart();
    };
    const isOurs = async (): Promise<boolean> => claims === undefined || (await claims.lost(fence)).size === 0;
    const begun = [
      startControl({ ...this.#parts, fence: claims === undefined ? undefined : fence, onFenced }),
      startAudit(this.#parts),
      ...(publisher === undefined ? [] : [startPublishing({ ...this.#parts, publisher, isOurs, onFenced })]),
    ];
    return {
      async stop() {
        await Promise.all(begun.map((each) => each.stop()));
      },
    };
  }
}
