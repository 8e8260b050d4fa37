import type { Config } from '../../config/config.ts';
import type { Plugin } from '../../plugin.ts';
import { cutText } from '../../windows/series.ts';
import type { AggregationPlan } from '../../windows/plan.ts';
import { type ConfiguredPlugin, configurePlugins } from '../plugins.ts';
import { streamIngests } from '../streamSetup.ts';
import type { StreamIngest } from '../ingest/streamIngest.ts';
import { BacktestRefused, type OptionSet } from './asked.ts';

/** The plugins of one side with their options, and the streams as they see them. */
export interface Side {
  readonly plugins: readonly ConfiguredPlugin[];
  readonly streams: ReadonlyMap<string, StreamIngest>;
}

/** What a side is made of. */
export interface SideParts {
  readonly config: Config;
  readonly available: readonly Plugin<never>[];
  /** The only ones to judge; undefined: all. */
  readonly only: readonly string[] | undefined;
}

/** Lays options over the config's own. Refuses what no plugin takes, and what the stored windows cannot answer. */
export function sideOf({ config, available, only }: SideParts, options: OptionSet): Side {
  const idle = only === undefined ? [] : Object.keys(options).filter((name) => !only.includes(name));
  if (idle.length > 0)
    throw new BacktestRefused(`options are given for ${idle.join(', ')}, which is not among the plugins to judge`);
  const all: OptionSet = { ...config.plugins, ...options };
  const wanted = only === undefined ? all : Object.fromEntries(only.map((name) => [name, all[name] ?? {}]));
  const plugins = refusing(() => configurePlugins(available, wanted));
  const streams = streamIngests({ config, plugins });
  const stored = streamIngests({ config, plugins: configurePlugins(available, config.plugins) });
  for (const [name, stream] of streams) {
    const missing = notStored(stored.get(name)?.windows.plan, stream.windows.plan);
    if (missing.length > 0)
      throw new BacktestRefused(
        `the stored windows of ${name} lack ${missing.join(', ')}: only what the config's own plugins ask for was kept`,
      );
  }
  return { plugins, streams };
}

function notStored(stored: AggregationPlan | undefined, wanted: AggregationPlan): string[] {
  return wanted.cuts.flatMap(({ dimensions, aggregates }) => {
    const cut = stored?.cuts.find((known) => cutText(known.dimensions) === cutText(dimensions));
    const names = new Set(cut?.aggregates.map(({ name }) => name));
    return aggregates.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  });
}

function refusing<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw error instanceof RangeError ? new BacktestRefused(error.message) : error;
  }
}
