import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Config } from '../core/config/config.ts';
import type { ControlStore } from '../core/store/controlStore.ts';
import type { ReadStore } from '../core/store/readStore.ts';

/** A plugin as the API shows it. */
export interface ShownPlugin {
  readonly plugin: {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly messages: Readonly<Record<string, string>>;
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
  readonly control: ControlStore;
  readonly plugins: readonly ShownPlugin[];
  /** Why the process is not ready; undefined when it is. */
  readonly notReady: () => string | undefined;
  readonly answerMetrics: (request: IncomingMessage, response: ServerResponse) => void;
}
