/**
 * The process that hosts ClickHouse's own server: it loads the library out of npm's chdb and calls its command line, which listens until it is told to end.
 * Started by `hostProcess.ts` with its arguments in an environment variable; ends with its parent (the standard input closes), and on SIGTERM.
 */
import { accessSync, closeSync, constants, openSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DataType, load, open } from 'ffi-rs';
import { HOST_VARIABLE, type HostOptions } from './hostProgram.ts';

/** A query that never ends keeps the engine listening; it sleeps shortly, so that ending it does not take long. */
const LISTEN =
  'SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT sleepEachRow(0.3) FROM system.numbers ' +
  'SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0, max_threads = 1, max_execution_time = 0 FORMAT Null';

const options = JSON.parse(process.env[HOST_VARIABLE] ?? '{}') as HostOptions;
if ('probe' in options) {
  accessSync(options.probe, constants.X_OK);
  closeSync(openSync(libraryPath(), 'r'));
  process.exit(0);
}
const args = [
  'clickhouse',
  ...['--config-file', options.configFile],
  ...['--path', options.path],
  ...['--listen_host', '127.0.0.1'],
  ...['--http_port', String(options.httpPort)],
  ...['--tcp_port', String(options.tcpPort)],
  ...['--query', LISTEN],
];

process.stdin.resume();
// The library handles SIGTERM itself: it cancels the query, and the call below returns. Should that take too long, the timer ends it.
process.stdin.on('end', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), 5_000);
});
// Keeps the event loop alive while the library runs on a thread of its own.
setInterval(() => undefined, 60_000);

open({ library: 'clickhouse', path: libraryPath() });
await load({
  library: 'clickhouse',
  funcName: 'chdb_query_cmdline',
  retType: DataType.I64,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
  runInNewThread: true,
});
process.exit(0);

/** The engine's library for this platform. */
function libraryPath(): string {
  const name = `@chdb/lib-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
      (path) => path.endsWith('libchdb.so') || path.endsWith('libchdb.dylib'),
    );
    if (file !== undefined) return join(folder, file);
  } catch {
    // told below
  }
  process.stderr.write(
    `there is no embedded ClickHouse for this platform: the package ${name} is not installed; set CLICKHOUSE_URL to use a server elsewhere\n`,
  );
  process.exit(3);
}
