import { fileURLToPath } from 'node:url';

/** What the host is told. */
export type HostOptions =
  | { readonly configFile: string; readonly path: string; readonly httpPort: number; readonly tcpPort: number }
  /** Only try whether everything can be read and this folder be reached. */
  | { readonly probe: string };

/** The program that hosts the engine. */
export const HOST_PROGRAM = fileURLToPath(new URL('host.ts', import.meta.url));

/** Where the host finds what it is told. */
export const HOST_VARIABLE = 'TOUCHSTONE_ENGINE';

/** Variables that the host needs of ours. Others may be secret, and SQL can read its own process's. */
const KEPT = ['PATH', 'TZ', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH', 'SystemRoot'];

/** The environment of the host. */
export function hostEnvironment(options: HostOptions): NodeJS.ProcessEnv {
  const kept = KEPT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), [HOST_VARIABLE]: JSON.stringify(options) };
}
