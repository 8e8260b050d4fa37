import { type Config, parseConfig } from '../../core/config/config.ts';
import { config as demo } from '../../touchstone.config.ts';
import type { Course } from './contest.ts';

/** The demo's requests with all their cuts and all plugins, out of the course's topic. */
export function demoRequests({ brokers, topic, run, dir }: Course): Config {
  const parsed = parseConfig({
    ...demo,
    streams: { requests: demo.streams.requests },
    data: dir,
    source: { kind: 'kafka', brokers, group: `ours-${run}`, topics: { requests: [topic] } },
    api: { port: 0 },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}
