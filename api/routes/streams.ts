import { pageOf, plugin, stream } from '../contract.ts';
import { isoOf } from '../page.ts';
import { metricNames } from '../metricNames.ts';
import type { ApiParts } from '../parts.ts';
import type { Api } from '../app.ts';

/** Declared streams, and the plugins that judge them. */
export function streamRoutes(app: Api, parts: ApiParts): void {
  const { config, read, plugins } = parts;
  app.get('/v1/streams', { schema: { summary: 'Declared streams', response: { 200: pageOf(stream) } } }, async () => {
    const facts = await read.streamFacts();
    const items = Object.entries(config.streams).map(([name, declared]) => {
      const fact = facts.get(name);
      const { windowMs, kind } = declared;
      const shape =
        declared.kind === 'events'
          ? { fields: declared.fields, cuts: declared.cuts }
          : { fields: {}, cuts: [['kind', 'metric']] };
      return {
        name,
        kind,
        windowMs,
        ...shape,
        metrics: metricNames(declared),
        newestAt: fact === undefined || fact.newestMs === 0 ? null : isoOf(fact.newestMs),
        events: fact?.events ?? 0,
      };
    });
    return { items, next: null };
  });

  app.get(
    '/v1/plugins',
    { schema: { summary: 'Plugins that run, with their options', response: { 200: pageOf(plugin) } } },
    () => ({
      items: plugins.map(({ plugin: { name, version, description, messages }, options }) => ({
        name,
        version,
        description,
        messages: { ...messages },
        options,
      })),
      next: null,
    }),
  );
}
