import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Config } from '../core/config/config.ts';
import type { ClusterStore } from '../core/store/clusterStore.ts';
import type { ControlStore } from '../core/store/controlStore.ts';
import type { IncidentStore } from '../core/store/incidentStore.ts';
import type { ReadStore } from '../core/store/readStore.ts';
import type { WindowStore } from '../core/store/windowStore.ts';
import type { Forecaster } from '../core/findings/forecast.ts';
import type { BacktestAnswer, BacktestRequest } from './backtestContract.ts';
import type { Ends } from './clusterReport.ts';

/** A plugin as the API shows it. */
export interface ShownPlugin {
  readonly plugin: {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly messages: Readonly<Record<string, string>>;
    readonly forecaster?: Forecaster<unknown>;
  };
  readonly options: unknown;
}

/** What the API is made of. */
export interface ApiParts {
  readonly config: Config;
  readonly token: string;
  readonly version: string;
  readonly log: Logger;
  readonly read: ReadStore;
  readonly windows: WindowStore;
  readonly control: ControlStore;
  readonly cluster: ClusterStore;
  readonly incidents: IncidentStore;
  /** Judges stored windows again; throws ApiError when the request cannot be met, and what the signal tells when it is aborted. */
  readonly backtest: (request: BacktestRequest, signal: AbortSignal) => Promise<BacktestAnswer>;
  readonly plugins: readonly ShownPlugin[];
  /** Why the process is not ready; undefined when it is. */
  readonly notReady: () => string | undefined;
  /** Where the topics begin and end now, by stream, by partition; rejects when the cluster does not tell. Undefined where the source has no topics. */
  readonly topicEnds: (() => Promise<ReadonlyMap<string, ReadonlyMap<string, Ends>>>) | undefined;
  readonly answerMetrics: (request: IncomingMessage, response: ServerResponse) => void;
}
