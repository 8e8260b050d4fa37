import { z } from 'zod';
import { type Check, type ClosedWindow, definePlugin, type Draft, type Plugin } from '../../../core/plugin.ts';
import { windows } from '../../../core/testkit/windows.ts';

/** A plugin that reports windows above a limit, and counts them; parts may be replaced by bad ones. */
export function plugin(
  parts: {
    draft?: Partial<Draft>;
    check?: (good: Check, closed: { seen: number }) => Check;
    plugin?: Partial<Plugin<{ limit: number }>>;
  } = {},
): Plugin<{ limit: number }> {
  return definePlugin({
    name: 'above',
    version: '1.0.0',
    description: 'Reports what is above a limit.',
    messages: { above: '{series} is above {limit} for the {seen}. time.' },
    options: z.strictObject({ limit: z.number().default(50) }),
    create({ limit }: { limit: number }) {
      const state = { seen: 0 };
      const good: Check = {
        window: ({ series: all }) =>
          all
            .filter(({ events }) => events > limit)
            .map(({ series: text, events }): Draft => ({
              message: 'above',
              data: { limit, seen: ++state.seen },
              severity: 'info',
              series: text,
              labels: {},
              observed: events,
              rarity: 0.5,
              ...parts.draft,
            })),
        snapshot: () => [['', state.seen]],
        restore: (entries) => {
          state.seen = 0;
          for (const [, seen] of entries) state.seen = seen as number;
        },
      };
      return parts.check?.(good, state) ?? good;
    },
    ...parts.plugin,
  });
}

/** Windows of which it has something to say. */
export const shown = windows({ series: { 'a=1': '10 x5, 100 x20, 10 x5' } });

/** What the good check says of a window, with parts replaced. */
export const said = (good: Check, closed: ClosedWindow, changed: () => Partial<Draft> = () => ({})): Draft[] =>
  (good.window?.(closed) ?? []).map((draft) => ({ ...draft, ...changed() }));
