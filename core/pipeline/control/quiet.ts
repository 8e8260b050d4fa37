/** What nothing was found in is read again after this time also when it seems to be what it was. */
const QUIET_MS = 10_000;

/** Remembers in what nothing new was found: reading it again would find nothing, as long as its version is the same. */
export class Quiet {
  #version: string | undefined;
  #untilMs = Number.NEGATIVE_INFINITY;

  /** Whether there can be nothing new in this version. */
  holds(version: string, nowMs: number): boolean {
    return version === this.#version && nowMs < this.#untilMs;
  }

  /** Notes what reading has found; the version was asked for before. */
  note(version: string, found: number, nowMs: number): void {
    this.#version = found > 0 ? undefined : version;
    this.#untilMs = nowMs + QUIET_MS;
  }
}
