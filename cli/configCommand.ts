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
  switch (verb) {
    case 'check': {
      const { path } = await loadConfig(values);
      process.stdout.write(`${path} is fine\n`);
      return 0;
    }
    case 'print': {
      const { config } = await loadConfig(values);
      const { password: _, ...clickhouse } = config.clickhouse;
      process.stdout.write(`${JSON.stringify({ ...config, clickhouse }, undefined, 2)}\n`);
      return 0;
    }
    case 'schema':
      process.stdout.write(
        `${JSON.stringify(z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }), undefined, 2)}\n`,
      );
      return 0;
    default:
      throw new UsageError(CONFIG_HELP);
  }
}
