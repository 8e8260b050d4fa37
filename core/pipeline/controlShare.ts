import type { Claims } from '../store/claims.ts';
import { type Control, type ControlParts, startControl } from './control.ts';
import { untilDone } from './untilDone.ts';

/** What the control share is made of. */
export interface ControlShareParts extends Omit<ControlParts, 'fence' | 'onFenced'> {
  /** Where other processes stand by; left out: nobody else is in control. */
  readonly claims: Claims | undefined;
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
    const { claims, clock, signal, onFailure } = this.#parts;
    if (claims === undefined) return startControl(this.#parts);
    let token: string | undefined;
    try {
      await untilDone({ signal, onFailure }, async () => {
        if (this.#wanted) token = await claims.claim([CLAIM], clock());
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (token === undefined) return undefined;
    return startControl({
      ...this.#parts,
      fence: new Map([[CLAIM, token]]),
      // Whoever claimed it is in control, as long as the group has not given it to us anew.
      onFenced: () => {
        this.#restart();
      },
    });
  }
}
