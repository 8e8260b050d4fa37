import { BACKTEST_HELP, runBacktest } from './backtest/backtest.ts';
import { CONFIG_HELP, runConfig } from './configCommand.ts';
import { DOCTOR_HELP, runDoctor } from './doctor/doctor.ts';
import { EXPORT_HELP, runExport } from './export/export.ts';
import { FORECAST_HELP, runForecast } from './forecast.ts';
import { NAB_HELP, runNab } from './nab.ts';
import { REPLAY_HELP, runReplay } from './replay.ts';
import { runShip, SHIP_HELP } from './ship.ts';
import { runStart, START_HELP } from './start.ts';
import { runSimulate } from '../fleet/main.ts';
import { UsageError } from './usageError.ts';
import { runWindows, WINDOWS_HELP } from './windows.ts';

/** A command: runs with its arguments, answers the exit code. 0 = yes, 1 = the answer is no, 2 = used wrongly. */
type Command = (argv: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, { readonly run: Command; readonly help?: string; readonly says: string }>> = {
  start: { run: runStart, help: START_HELP, says: 'starts everything in one process' },
  simulate: {
    run: (argv) => runSimulate([...argv]),
    says: 'writes the logs of a simulated fleet, with faults on purpose',
  },
  ship: { run: runShip, help: SHIP_HELP, says: 'produces the log files of a fleet to Kafka, every line once' },
  replay: { run: runReplay, help: REPLAY_HELP, says: 'processes stored events again and compares the results' },
  backtest: { run: runBacktest, help: BACKTEST_HELP, says: 'judges stored windows again with other options' },
  windows: {
    run: runWindows,
    help: WINDOWS_HELP,
    says: 'shows windows, open ones too: what is there, and what they will come to',
  },
  export: { run: runExport, help: EXPORT_HELP, says: 'writes sealed windows to Parquet, Arrow or CSV files' },
  forecast: { run: runForecast, help: FORECAST_HELP, says: 'tells what a series is expected to be' },
  doctor: { run: runDoctor, help: DOCTOR_HELP, says: 'looks at everything, and says what is wrong and what to do' },
  nab: { run: runNab, help: NAB_HELP, says: 'scores a folder of labelled series, for the Numenta Anomaly Benchmark' },
  config: { run: runConfig, help: CONFIG_HELP, says: 'checks or shows the configuration' },
};

const HELP = `touchstone COMMAND [OPTIONS]

${Object.entries(COMMANDS)
  .map(([name, { says }]) => `  ${name.padEnd(10)} ${says}`)
  .join('\n')}

Each has --help.`;

const code = await run(process.argv.slice(2));
// A client that hangs on a broker that is away has timers and sockets left, for ever: the process ends with its command all the same, once its words are written.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit(code);

async function run([name, ...argv]: string[]): Promise<number> {
  const command = COMMANDS[name ?? ''];
  if (command === undefined) {
    process.stderr.write(`${HELP}\n`);
    return name === '--help' || name === 'help' ? 0 : 2;
  }
  if (command.help !== undefined && argv.includes('--help')) {
    process.stdout.write(`${command.help}\n`);
    return 0;
  }
  try {
    return await command.run(argv);
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

/** What node's own parseArgs says of wrong flags. */
function isParseError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
