import type { BacktestAnswer, BacktestRequest } from '../../api/backtestContract.ts';
import { ApiError } from '../../api/problem.ts';
import type { Config } from '../../core/config/config.ts';
import { BacktestRefused } from '../../core/pipeline/backtest/asked.ts';
import { backtest } from '../../core/pipeline/backtest/backtest.ts';
import type { Connection } from '../../core/store/connection.ts';
import { allPlugins } from '../../plugins/all.ts';

/** Windows that one request may have judged, of all its streams and both its sides: some minutes with a thousand series. */
const WINDOWS_MAX = 20_000;

/** Runs backtests for the API. */
export function backtestRunner(
  config: Config,
  connection: Connection,
): (request: BacktestRequest, signal: AbortSignal) => Promise<BacktestAnswer> {
  return async ({ from, to, learnFrom, asOf, rules, ...asked }, signal) => {
    const parts = { config, connection, available: allPlugins as never, windowsMax: WINDOWS_MAX, signal };
    try {
      const report = await backtest(parts, {
        ...asked,
        fromMs: Date.parse(from),
        toMs: Date.parse(to),
        learnFromMs: msOf(learnFrom),
        asOfMs: msOf(asOf),
        rules: rules?.map((rule, at) => ({ ...rule, id: `given-${String(at)}` })),
      });
      return { ...report, streams: [...report.streams] };
    } catch (error) {
      throw error instanceof BacktestRefused ? new ApiError(400, error.message) : error;
    }
  };
}

const msOf = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time));
