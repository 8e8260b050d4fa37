import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs a program of this folder in a process of its own; answers what it printed as JSON. */
export async function program<Answer>(
  name: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<Answer> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file, ...args], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Answer;
}

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
