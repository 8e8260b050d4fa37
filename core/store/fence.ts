/** What is claimed, and by which claim: an insert with it is stored only while all these claims hold. */
export type Fence = ReadonlyMap<string, string>;

/** Query ids of inserts begin with it, so that a new owner finds those of the old one that still run. */
export const WRITE_PREFIX = 'touchstone-write-';
/** ClickHouse's FUNCTION_THROW_IF_VALUE_IS_NON_ZERO. */
const THROWN = '395';
const FENCED = 'touchstone: fenced';

/** A query id for an insert that a new owner can find. */
export const writeId = (): string => `${WRITE_PREFIX}${crypto.randomUUID()}`;

/** Whether an insert was refused since one of its claims no longer holds. */
export const isFenced = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === THROWN && error.message.includes(FENCED);

/** What makes an insert look at its claims before it stores anything: a condition, and its bound parameters. */
export function fenceCondition(
  database: string,
  fence: Fence,
): { readonly sql: string; readonly params: Readonly<Record<string, readonly string[]>> } {
  return {
    sql: `throwIf((SELECT countIf((name, token) IN arrayZip({fenceNames:Array(String)}, {fenceTokens:Array(String)})) FROM ${database}.claims WHERE name IN {fenceNames:Array(String)}) != ${String(fence.size)}, '${FENCED}') = 0`,
    params: { fenceNames: [...fence.keys()], fenceTokens: [...fence.values()] },
  };
}
