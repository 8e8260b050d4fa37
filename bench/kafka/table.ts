import { median } from '../ingest/program.ts';
import type { Measured } from './contest.ts';

/** All rounds of one contestant over one topic. */
export interface Rounds {
  readonly name: string;
  readonly work: string;
  readonly measured: readonly Measured[];
}

const HEADINGS = [
  'what',
  'work',
  'events / CPU-s',
  'ratio',
  'with ClickHouse',
  'ratio',
  'second half',
  'ratio',
  'wall s',
] as const;

/** Prints the medians of all rounds, and their ratios to the first row, round by round (mostly the floor), also with ClickHouse's CPU. */
export function printTable(title: string, rows: readonly Rounds[]): void {
  const floor = rows[0]?.measured ?? [];
  const lines = [HEADINGS, ...rows.map((row) => cellsOf(row, floor))];
  const widths = HEADINGS.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  console.log(`\n${title}\n`);
  for (const [at, line] of lines.entries()) {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
    if (at === 0) console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  }
}

function cellsOf({ name, work, measured }: Rounds, floor: readonly Measured[]): readonly string[] {
  const own = measured.map(ownRate);
  const whole = measured.map(({ events, cpuS, engineCpuS }) => events / (cpuS + (engineCpuS ?? Number.NaN)));
  const warm = measured.map(warmRate);
  const ratio = (rates: readonly number[], rateOf: (one: Measured) => number): string =>
    shown(median(rates.map((rate, at) => rate / (floor[at] === undefined ? Number.NaN : rateOf(floor[at])))), 2);
  return [
    name,
    work,
    shown(median(own), 0),
    ratio(own, ownRate),
    shown(median(whole), 0),
    ratio(whole, ownRate),
    shown(median(warm), 0),
    ratio(warm, warmRate),
    shown(median(measured.map(({ wallS }) => wallS)), 1),
  ];
}

const ownRate = ({ events, cpuS }: Measured): number => (cpuS === 0 ? Number.NaN : events / cpuS);
const warmRate = ({ warm }: Measured): number => (warm === undefined ? Number.NaN : warm.events / warm.cpuS);

const shown = (value: number, digits: number): string => (Number.isNaN(value) ? '' : value.toFixed(digits));
