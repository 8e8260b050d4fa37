import { parseArgs } from 'node:util';
import { z } from 'zod';
import { config as configSchema } from '../core/config/config.ts';
import { loadConfig } from './configFile.ts';
import { UsageError } from './usageError.ts';

export const CONFIG_HELP = `touchstone config check|print|schema [--config FILE]

  check   says whether the config can be used, with every problem there is
  print   shows it with all defaults filled in, as JSON (the ClickHouse password is left out)
  schema  shows its JSON Schema`;

/** Runs `touchstone config`; answers the exit code. */
export async function runConfig(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' } },
    allowPositionals: true,
  });
  const [verb] = positionals;
  const run = VERBS[verb ?? ''];
  if (run === undefined) throw new UsageError(CONFIG_HELP);
  process.stdout.write(await run(values));
  return 0;
}

/** What each verb prints. */
const VERBS: Readonly<Record<string, (flags: { readonly config?: string | undefined }) => Promise<string> | string>> = {
  async check(flags) {
    const { path } = await loadConfig(flags);
    return `${path} is fine\n`;
  },
  async print(flags) {
    const { config } = await loadConfig(flags);
    const { password: _, ...clickhouse } = config.clickhouse;
    return `${JSON.stringify({ ...config, clickhouse }, undefined, 2)}\n`;
  },
  schema: () =>
    `${JSON.stringify(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }), undefined, 2)}\n`,
};
