import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One labelled series. */
export interface LabelledSeries {
  readonly category: string;
  readonly name: string;
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
  /** Label windows as first and last row, in order. */
  readonly windows: readonly (readonly [first: number, last: number])[];
  /** Rows of the start that are not scored: 15 %, of 5,000 rows at most. */
  readonly probation: number;
}

const timeOf = (text: string): number => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);

/** The four series of `samples/nab`, with their labels. */
export function readSamples(): LabelledSeries[] {
  const labels = JSON.parse(readFileSync('bench/nab/sampleWindows.json', 'utf8')) as Record<string, [string, string][]>;
  return readdirSync('samples/nab')
    .filter((name) => name.endsWith('.csv'))
    .sort()
    .map((name) => labelled('samples', name, readFileSync(join('samples/nab', name), 'utf8'), labels));
}

/** Reads `DIR/data/CATEGORY/FILE.csv` and `DIR/windows.json` of the Numenta Anomaly Benchmark. */
export function readCorpus(dir: string): LabelledSeries[] {
  const data = join(dir, 'data');
  if (!existsSync(data)) throw new Error(`there is no folder ${data}`);
  const labels = JSON.parse(readFileSync(join(dir, 'windows.json'), 'utf8')) as Record<string, [string, string][]>;
  return readdirSync(data)
    .sort()
    .flatMap((category) =>
      readdirSync(join(data, category))
        .sort()
        .map((name) => labelled(category, name, readFileSync(join(data, category, name), 'utf8'), labels)),
    );
}

function labelled(
  category: string,
  name: string,
  text: string,
  labels: Readonly<Record<string, readonly [string, string][]>>,
): LabelledSeries {
  const rows = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const timesMs = rows.map(([time = '']) => timeOf(time));
  const windows = (labels[`${category}/${name}`] ?? []).map(
    ([from, to]) =>
      [timesMs.findIndex((time) => time >= timeOf(from)), timesMs.findLastIndex((time) => time <= timeOf(to))] as const,
  );
  return {
    category,
    name,
    timesMs,
    values: rows.map(([, value = '']) => Number(value)),
    windows,
    probation: Math.floor(0.15 * Math.min(rows.length, 5_000)),
  };
}
