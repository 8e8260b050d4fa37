import { type ConfigProblem, problemsOf } from '../config/config.ts';
import type { Plugin } from '../plugin.ts';
import type { PluginAggregates } from '../windows/planOf.ts';

/** A plugin with its options, as the config asks for it. */
export interface ConfiguredPlugin {
  readonly plugin: Plugin;
  readonly options: unknown;
}

/** Joins the config's options with the plugins that exist. Throws RangeError naming what does not fit, all of it together. */
export function configurePlugins(
  available: readonly Plugin<never>[],
  wanted: Readonly<Record<string, unknown>>,
): readonly ConfiguredPlugin[] {
  const problems = pluginProblems(available, wanted);
  if (problems.length > 0) throw new RangeError(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return Object.entries(wanted).flatMap(([name, raw]) => {
    const plugin = find(available, name);
    return plugin === undefined ? [] : [{ plugin, options: plugin.options.parse(raw ?? {}) }];
  });
}

/** Everything that is wrong with the wanted plugins and their options. */
export function pluginProblems(
  available: readonly Plugin<never>[],
  wanted: Readonly<Record<string, unknown>>,
): ConfigProblem[] {
  return Object.entries(wanted).flatMap(([name, raw]) => {
    const plugin = find(available, name);
    if (plugin === undefined)
      return [
        {
          path: `plugins.${name}`,
          message: `there is no such plugin; choose from ${available.map((known) => known.name).join(', ')}`,
        },
      ];
    const { error } = plugin.options.safeParse(raw ?? {});
    return (error?.issues ?? []).flatMap((issue) => problemsOf(issue, `plugins.${name}`));
  });
}

const find = (available: readonly Plugin<never>[], name: string): Plugin | undefined =>
  available.find((candidate) => candidate.name === name);

/** What the plugins that judge this kind of stream want grown for them. */
export function aggregatesOf(plugins: readonly ConfiguredPlugin[], kind: 'events' | 'packets'): PluginAggregates[] {
  return judging(plugins, kind).map(({ plugin, options }) => ({
    plugin: plugin.name,
    aggregates: plugin.aggregates?.(options) ?? {},
  }));
}

/** The plugins that judge this kind of stream. */
export const judging = (
  plugins: readonly ConfiguredPlugin[],
  kind: 'events' | 'packets',
): readonly ConfiguredPlugin[] =>
  plugins.filter(({ plugin }) => plugin.judges === undefined || plugin.judges.includes(kind));
