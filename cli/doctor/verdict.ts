import { StoreError } from '../../core/store/storeError.ts';

/** What a check found. */
export interface Verdict {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'FAIL';
  readonly detail: string;
  /** What to do; undefined where nothing is to be done. */
  readonly todo?: string;
}

export const ok = (check: string, detail: string): Verdict => ({ check, level: 'ok', detail });

export const warn = (check: string, detail: string, todo: string): Verdict => ({ check, level: 'warn', detail, todo });

export const fail = (check: string, detail: string, todo: string): Verdict => ({ check, level: 'FAIL', detail, todo });

/** Runs a check; one that cannot be made is a verdict, too. */
export async function examined(
  check: string,
  act: () => Promise<Verdict | readonly Verdict[]>,
): Promise<readonly Verdict[]> {
  try {
    return [await act()].flat();
  } catch (error) {
    const said = reasonOf(error);
    if (!(error instanceof StoreError)) return [fail(check, `could not be asked: ${said}`, 'see the reason')];
    if (error.code === NO_RIGHT)
      return [warn(check, `this user may not see it: ${said}`, 'GRANT SELECT on it, or ask as another user')];
    if (NO_TABLE.includes(error.code))
      return [fail(check, `its tables are not there: ${said}`, 'see the check migrations')];
    return [fail(check, `ClickHouse does not tell: ${said}`, 'see the reason; ask again')];
  }
}

/** The first line of what went wrong: ClickHouse's have many. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? '';

/** ClickHouse's codes. */
const NO_RIGHT = '497';
const NO_TABLE: readonly string[] = ['60', '81', '47'];
