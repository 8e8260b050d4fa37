import { runCli } from './touchstoneChild.ts';

/** What the doctor said of one check. */
export interface Verdict {
  readonly check: string;
  readonly level: string;
  readonly detail: string;
  readonly todo?: string;
}

/** What the doctor said, by check; of several of one name the worst. */
export interface Visit {
  readonly code: number;
  readonly ok: boolean;
  readonly checks: ReadonlyMap<string, Verdict>;
}

const LEVELS = ['ok', 'warn', 'FAIL'];

/** Lets the doctor look: `touchstone doctor --json` as a process of its own. */
export async function askDoctor(configFile: string, dataDir: string, clickhousePort = 0): Promise<Visit> {
  const { code, stdout, stderr } = await runCli(['doctor', '--json', '--config', configFile], {
    dataDir,
    clickhousePort,
  });
  if (stdout === '') throw new Error(`the doctor said nothing: ${stderr}`);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: readonly Verdict[] };
  const worst = [...checks].sort((left, right) => LEVELS.indexOf(left.level) - LEVELS.indexOf(right.level));
  return { code, ok, checks: new Map(worst.map((verdict) => [verdict.check, verdict])) };
}
