/** Lets those wait who need something to change. */
export class Changes {
  #waiting: (() => void)[] = [];

  /** Resolves at the next change, or when the time is over. */
  next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Something has changed. */
  happened(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
