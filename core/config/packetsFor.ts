import type { Config } from './config.ts';

/** The stream whose packets tell of a stream of events: one of the same window. */
export function packetsFor({ streams }: Pick<Config, 'streams'>, stream: string): string | undefined {
  const own = streams[stream];
  if (own === undefined || own.kind === 'packets') return undefined;
  return Object.entries(streams).find(([, other]) => other.kind === 'packets' && other.windowMs === own.windowMs)?.[0];
}
