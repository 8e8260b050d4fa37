/** Neighbouring numbers of which `count` different ones came; all of them unless holes were closed to save room. */
interface Run {
  from: number;
  to: number;
  count: number;
}

/** Whole numbers that came, as runs. `added` counts them with their repeats. */
export interface NumberRuns {
  added: number;
  /** Ascending, with at least one number that did not come between any two. */
  readonly runs: Run[];
}

/** Runs kept; beyond that the narrowest half of the holes is closed: they are still counted, but no longer known by place. */
const RUNS_MAX = 256;

export const noNumbers = (): NumberRuns => ({ added: 0, runs: [] });

/** Adds every number in [from, to] once. One after the other or at once: it ends the same. */
export function addNumbers(into: NumberRuns, from: number, to: number): void {
  into.added += to - from + 1;
  const isExact = into.runs.length < RUNS_MAX && !meetsClosedHoles(into.runs, from, to);
  if (isExact) put(into.runs, { from, to, count: to - from + 1 });
  else for (let number = from; number <= to; number++) put(into.runs, { from: number, to: number, count: 1 });
}

/** Adds all that came to `other`. */
export function mergeNumbers(into: NumberRuns, { added, runs }: NumberRuns): void {
  into.added += added;
  for (const run of runs) put(into.runs, { ...run });
}

/** Numbers that came, each counted once. Exact while holes are few; after that never more than came, and exact where the same came again as a whole. */
export const distinctNumbers = ({ runs }: NumberRuns): number => runs.reduce((sum, { count }) => sum + count, 0);

/** Whether a run that it touches has holes that are no longer known by place. */
function meetsClosedHoles(runs: readonly Run[], from: number, to: number): boolean {
  let at = firstTouched(runs, from);
  for (let run = runs[at]; run !== undefined && run.from <= to + 1; run = runs[++at])
    if (run.count < length(run)) return true;
  return false;
}

/** Place of the first run that ends at `from - 1` or later. */
function firstTouched(runs: readonly Run[], from: number): number {
  let low = 0;
  for (let high = runs.length; low < high;) {
    const middle = (low + high) >>> 1;
    if ((runs[middle]?.to ?? 0) < from - 1) low = middle + 1;
    else high = middle;
  }
  return low;
}

function put(runs: Run[], run: Run): void {
  const low = firstTouched(runs, run.from);
  let joined = 0;
  for (let other = runs[low]; other !== undefined && other.from <= run.to + 1; other = runs[low + ++joined])
    join(run, other);
  runs.splice(low, joined, run);
  if (runs.length > RUNS_MAX) closeNarrowest(runs);
}

/** Takes `other` into `run`, which it overlaps or touches. */
function join(run: Run, other: Run): void {
  const overlap = Math.min(run.to, other.to) - Math.max(run.from, other.from) + 1;
  const count = countOfBoth(run, other, Math.max(0, overlap));
  run.from = Math.min(run.from, other.from);
  run.to = Math.max(run.to, other.to);
  run.count = Math.min(count, length(run));
}

/** Where holes were closed, what overlaps is taken to be the same numbers again as far as both have them. */
function countOfBoth(run: Run, other: Run, overlap: number): number {
  if (overlap > 0 && overlap === Math.min(length(run), length(other))) return Math.max(run.count, other.count);
  return run.count + other.count - Math.round(overlap * Math.min(density(run), density(other)));
}

const length = ({ from, to }: Run): number => to - from + 1;
const density = (run: Run): number => run.count / length(run);

function closeNarrowest(runs: Run[]): void {
  const widths = runs.slice(1).map((run, at) => run.from - (runs[at]?.to ?? 0));
  const widest = [...widths].sort((a, b) => a - b)[widths.length >>> 1] ?? 0;
  let kept = 0;
  for (const [at, run] of runs.entries()) {
    const last = runs[kept - 1];
    if (last !== undefined && (widths[at - 1] ?? 0) <= widest) {
      last.to = run.to;
      last.count += run.count;
    } else runs[kept++] = run;
  }
  runs.length = kept;
}
