import { z } from 'zod';

/** Who is expected from a time on. */
const declaredRoster = z.strictObject({
  from: z.iso.datetime(),
  servers: z.array(z.string().min(1)).min(1).max(100_000),
});

/** Who is expected to report; left out: whoever was seen in the day before. */
export const rosterConfig = z
  .strictObject({
    /** How long a server that sends nothing is still expected. */
    seenForMs: z.int().min(60_000).max(2_592_000_000).default(86_400_000),
    /** Servers by name, each list for the windows from its time to the next one's: they are missed even when they were never heard of, and no others are. */
    declared: z.array(declaredRoster).default([]),
  })
  .superRefine(({ declared }, context) => {
    declared.forEach(({ from, servers }, at) => {
      const told = (key: string, message: string): void => {
        context.addIssue({ code: 'custom', path: ['declared', at, key], message });
      };
      if (at > 0 && Date.parse(from) <= Date.parse(declared[at - 1]?.from ?? ''))
        told('from', 'is not later than the one before it');
      const names = new Set<string>();
      for (const server of servers) if (names.size === names.add(server).size) told('servers', `names ${server} twice`);
    });
  });

/** Who is expected of a stream, after parsing. */
export type RosterConfig = z.infer<typeof rosterConfig>;
