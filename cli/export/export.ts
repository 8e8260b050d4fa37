import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { ExportStore } from '../../core/store/export/exportStore.ts';
import { StoreError } from '../../core/store/storeError.ts';
import { loadConfig } from '../configFile.ts';
import { openStore } from '../openStore.ts';
import { progressBar } from '../progressBar.ts';
import { askedBy } from './asked.ts';
import { type ExportReport, exportWindows } from './exportWindows.ts';

export const EXPORT_HELP = `touchstone export --stream NAME --from TIME --to TIME [--cut DIMENSIONS | --events] [--format parquet|arrow|csv] [--window-ms N]
       [--layout hive] [--sealed-only] [--config FILE] [--data DIR] [--json] DIR

Writes the sealed windows of [from, to), which never change again, to files for Spark, DuckDB, pandas and pyarrow:
DIR/stream=NAME/cut=exchange,device/windowMs=60000/date=2026-01-31/hour=07/windows.parquet, beside it _manifest.json (each window's revision, readiness, rows and the
digest of what they hold) and, when all windows of the hour are there, _SUCCESS. Another _SUCCESS above the dates says that the last export ran to its end.

  --cut DIMENSIONS   the aggregates and metrics of each series of this cut, such as exchange,device; left out: of the whole stream
  --events           the raw events instead
  --format KIND      parquet (the default), arrow (the file format) or csv (with names)
  --window-ms N      larger windows, a multiple of the stream's own; sealed when all that they are merged of are
  --sealed-only      is content with what is sealed: exit code 0
  --json             what was done as JSON

Run again, it writes only files whose windows changed or came. Times are ISO 8601, on whole windows.
Exit code 0: all windows of [from, to) are in DIR. 1: there are none, or some are not sealed yet, or the export was cut off, or files were kept whose windows the
store no longer holds whole. 2: used wrongly. Not on an embedded engine that another process has opened: use CLICKHOUSE_URL then.`;

/** Runs `touchstone export`; answers the exit code. */
export async function runExport(argv: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parse(argv);
  const { config } = await loadConfig(flags);
  const asked = askedBy(flags, positionals, config);
  // Live goes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const store = await openStore(config, pino({ level: 'warn' }, pino.destination(2)));
  try {
    const bar = progressBar(`exporting ${asked.kind.stream}`);
    const report = await exportWindows(new ExportStore(store.connection, config.clickhouse.database), asked, bar);
    process.stderr.write(warnings(report));
    process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : told(report));
    const isKept = report.files.some(({ outcome }) => outcome === 'kept');
    const isShort = report.files.length === 0 || report.notSealed.windows > 0;
    return isKept || (isShort && !flags['sealed-only']) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof StoreError) && !isDiskError(error)) throw error;
    process.stderr.write(`the export was cut off: ${error.message}\nrun it again: it goes on where it was\n`);
    return 1;
  } finally {
    await store.close();
  }
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      stream: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      cut: { type: 'string' },
      events: { type: 'boolean', default: false },
      format: { type: 'string', default: 'parquet' },
      layout: { type: 'string', default: 'hive' },
      'window-ms': { type: 'string' },
      'sealed-only': { type: 'boolean', default: false },
      config: { type: 'string' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });

const isDiskError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

function told({ files, dir }: ExportReport): string {
  const written = files.filter(({ outcome }) => outcome === 'written');
  const sum = (of: 'windows' | 'rows' | 'bytes'): number => files.reduce((total, file) => total + file[of], 0);
  return `${String(sum('windows'))} windows with ${String(sum('rows'))} rows in ${String(files.length)} files of ${(sum('bytes') / 1e6).toFixed(1)} MB, ${String(written.length)} of them written now: ${dir}\n`;
}

function warnings({ files, notSealed }: ExportReport): string {
  const kept = files.filter(({ outcome }) => outcome === 'kept');
  return [
    ...(files.length === 0 ? ['no window of this time is sealed'] : []),
    ...(notSealed.from === null
      ? []
      : [`${String(notSealed.windows)} windows are not sealed yet and left out, the first at ${notSealed.from}`]),
    ...kept.map(({ path }) => `${path} is kept as it was: the store no longer holds all of its windows`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
