import type { JudgedServer } from './serverState.ts';

/** The four that elsewhere are all called completeness; a ratio of nothing is left out. */
export type Ratios = Readonly<Record<string, number>>;

/**
 * `arrival_ratio`: events that are there, of those that should be by the strongest witness. `match_ratio`: of the server's events those that its packet counts too,
 * and `match_ratio.m` of a metric that both have. `volume_vs_expected`: of what is usual in a window. `non_null_ratio`: the least share of events that have a value in the field
 * of a metric.
 */
export function ratiosOf({ arrival, account, usual }: JudgedServer): Ratios {
  const { received } = account;
  const nonNull = Math.min(...arrival.fields.map(({ present }) => present));
  return finite({
    arrival_ratio: received / (account.expected ?? Number.NaN),
    match_ratio: received / (arrival.announced ?? Number.NaN),
    ...Object.fromEntries(
      arrival.twiceTold.map(({ metric, received: told, announced }) => [`match_ratio.${metric}`, told / announced]),
    ),
    volume_vs_expected: received / usual,
    non_null_ratio: nonNull / arrival.received,
  });
}

/** The same of several servers: of their sums. */
export function ratiosOfAll(judged: readonly JudgedServer[]): Ratios {
  const total = (of: (one: JudgedServer) => number | undefined): number =>
    judged.reduce((sum, one) => sum + (of(one) ?? 0), 0);
  const received = total(({ account }) => account.received);
  return finite({
    arrival_ratio:
      total(({ account }) => (account.expected === undefined ? 0 : account.received)) /
      total(({ account }) => account.expected),
    match_ratio:
      total(({ account, arrival }) => (arrival.announced === undefined ? 0 : account.received)) /
      total(({ arrival }) => arrival.announced),
    volume_vs_expected: received / total(({ usual }) => usual),
  });
}

const finite = (ratios: Ratios): Ratios =>
  Object.fromEntries(
    Object.entries(ratios).flatMap(([name, ratio]) =>
      Number.isFinite(ratio) && ratio >= 0 ? [[name, Math.round(1e6 * ratio) / 1e6]] : [],
    ),
  );
