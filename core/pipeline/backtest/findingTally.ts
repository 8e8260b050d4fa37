import type { Finding } from '../../findings/finding.ts';

/** Counts findings, and keeps the first ones. */
export class FindingTally {
  readonly #keptMax: number;
  readonly #counts = new Map<string, { plugin: string; check: string; findings: number }>();
  readonly first: Finding[] = [];
  total = 0;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  take(finding: Finding): void {
    this.total++;
    if (this.first.length < this.#keptMax) this.first.push(finding);
    const key = `${finding.plugin}\u0000${finding.check}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { plugin: finding.plugin, check: finding.check, findings: 1 });
    else count.findings++;
  }

  /** By plugin and check, in the order of their names. */
  get byCheck(): readonly { readonly plugin: string; readonly check: string; readonly findings: number }[] {
    return [...this.#counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  }
}
