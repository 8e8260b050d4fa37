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
  const problems: string[] = [];
  const configured: ConfiguredPlugin[] = [];
  for (const [name, raw] of Object.entries(wanted)) {
    const plugin = available.find((candidate) => candidate.name === name) as Plugin | undefined;
    if (plugin === undefined) {
      problems.push(
        `plugins.${name}: there is no such plugin; choose from ${available.map((known) => known.name).join(', ')}`,
      );
      continue;
    }
    const parsed = plugin.options.safeParse(raw ?? {});
    if (parsed.success) configured.push({ plugin, options: parsed.data });
    else
      problems.push(
        ...parsed.error.issues.map(
          (issue) => `plugins.${[name, ...issue.path.map(String)].join('.')}: ${issue.message}`,
        ),
      );
  }
  if (problems.length > 0) throw new RangeError(problems.join('\n'));
  return configured;
}

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
