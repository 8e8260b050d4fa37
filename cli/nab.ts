import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parsedRows } from './nab/rows.ts';
import { scoresOf } from './nab/scores.ts';
import { UsageError } from './usageError.ts';

export const NAB_HELP = `touchstone nab DATA_DIR OUT_DIR

Runs the outlier detector, with its default options, over a folder in the layout of the Numenta Anomaly Benchmark (DATA_DIR/CATEGORY/FILE.csv, or
DATA_DIR/data/CATEGORY/FILE.csv, with the columns timestamp and value) and writes OUT_DIR/CATEGORY/touchstone_FILE.csv with timestamp, value and
anomaly_score in [0, 1]: the same rows in the same order, each judged by those before it alone. A row without a time, or without a number, has the score 0
and teaches nothing.`;

/** Runs `touchstone nab`; answers the exit code. */
export function runNab(argv: readonly string[]): Promise<number> {
  const { positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: {} });
  const [from, to, ...more] = positionals;
  if (from === undefined || to === undefined || more.length > 0) throw new UsageError(NAB_HELP);
  const files = filesOf(from);
  if (files.length === 0) throw new UsageError(`no CATEGORY/FILE.csv in ${from}`);
  for (const { category, name, path } of files) {
    const rows = parsedRows(readFileSync(path, 'utf8'));
    if (rows === undefined)
      throw new UsageError(`${path}: its first line does not name the columns timestamp and value`);
    const scores = scoresOf(rows);
    mkdirSync(join(to, category), { recursive: true });
    writeFileSync(
      join(to, category, `touchstone_${name}`),
      ['timestamp,value,anomaly_score', ...rows.map(({ text }, at) => `${text},${String(scores[at] ?? 0)}`), ''].join(
        '\n',
      ),
    );
  }
  process.stderr.write(`${String(files.length)} files\n`);
  return Promise.resolve(0);
}

function filesOf(dir: string): { category: string; name: string; path: string }[] {
  const root = isFolder(join(dir, 'data')) ? join(dir, 'data') : dir;
  if (!isFolder(root)) throw new UsageError(`${dir} is no folder`);
  return readdirSync(root)
    .filter((category) => isFolder(join(root, category)))
    .sort()
    .flatMap((category) =>
      readdirSync(join(root, category))
        .filter((name) => name.endsWith('.csv'))
        .sort()
        .map((name) => ({ category, name, path: join(root, category, name) })),
    );
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
