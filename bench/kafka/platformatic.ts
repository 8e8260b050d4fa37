import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { output, resolvedOnce } from '../../test/support/clientCache.ts';

const MANIFEST = fileURLToPath(new URL('../peers/platformatic/package.json', import.meta.url));

/** What we use of `@platformatic/kafka`. */
export interface Platformatic {
  readonly Consumer: new (options: {
    readonly clientId: string;
    readonly groupId: string;
    readonly bootstrapBrokers: readonly string[];
    readonly maxWaitTime: number;
    readonly autocommit: boolean;
  }) => {
    consume(options: { readonly topics: readonly string[]; readonly mode: 'earliest' }): Promise<MessageStream>;
    close(force: boolean): Promise<void>;
  };
  readonly Producer: new (options: { readonly clientId: string; readonly bootstrapBrokers: readonly string[] }) => {
    send(options: {
      readonly messages: readonly {
        readonly topic: string;
        readonly partition: number;
        readonly key: Buffer;
        readonly value: Buffer;
      }[];
      readonly compression: 'none' | 'zstd';
      readonly acks: number;
      readonly idempotent: boolean;
    }): Promise<unknown>;
    close(): Promise<void>;
  };
}

interface MessageStream extends AsyncIterable<{ readonly value: Buffer }> {
  on(event: 'data', take: (message: { readonly value: Buffer }) => void): void;
}

/** Installs it into a cache folder, once; answers the folder. It is no dependency of ours, so that nothing of the product can come to lean on it. */
export const platformaticFolder = (): Promise<string> =>
  resolvedOnce('platformatic', ['../../bench/peers/platformatic/package.json'], async (into) => {
    await copyFile(MANIFEST, join(into, 'package.json'));
    await output('npm', ['install', '--prefix', into, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: into });
  });

/** Loads it from there. */
export async function loadPlatformatic(folder: string): Promise<Platformatic> {
  const path = createRequire(join(folder, 'package.json')).resolve('@platformatic/kafka');
  return (await import(pathToFileURL(path).href)) as Platformatic;
}
