/** Kinds of states (core/sketch) that are read as one number, and what it is. */
export const NUMBER_KINDS: ReadonlyMap<string, 'integer' | 'double'> = new Map([
  ['count', 'integer'],
  ['distinct', 'integer'],
  ['sum', 'double'],
  ['min', 'double'],
  ['max', 'double'],
]);

/** Kinds of states that are asked for quantiles. */
export const QUANTILE_KINDS: ReadonlySet<string> = new Set(['quantiles', 'qDigest']);

/** The number that an array of states makes, merged in its order; NULL where there is none, or none that is finite. The README of core/sketch has each kind's encoding. */
export function numberSql(kind: string, states: string): string {
  const doubles = `arrayMap(state -> reinterpretAsFloat64(state), ${states})`;
  switch (kind) {
    case 'count':
      return `toInt64(arraySum(state -> reinterpretAsUInt64(state), ${states}))`;
    case 'distinct':
      return unlessEmpty(states, `toInt64(${merged('uniqCombined64Merge(12)', 'uniqCombined64(12), String', states)})`);
    case 'min':
      return finite(`arrayReduce('minOrNullIf', ${doubles}, ${arePresent(doubles)})`);
    case 'max':
      return finite(`arrayReduce('maxOrNullIf', ${doubles}, ${arePresent(doubles)})`);
    default:
      return unlessEmpty(
        states,
        finite(
          `arraySum(state -> reinterpretAsFloat64(substring(state, 1, 8)) + reinterpretAsFloat64(substring(state, 9, 8)), ${states})`,
        ),
      );
  }
}

/** The quantile `q` (0..1) of an array of states, merged in its order; NULL where there are no values. */
export function quantileSql(kind: string, states: string, q: number): string {
  if (kind === 'quantiles')
    return finite(`toFloat64(${merged(`quantileTDigestMerge(${String(q)})`, 'quantileTDigest, Float64', states)})`);
  const nodes = (of: (node: string) => string): string =>
    `arrayFlatten(arrayMap(state -> arrayMap(node -> ${of('node')}, range(1, intDiv(length(state), 16))), ${states}))`;
  const values = nodes(
    (node) =>
      `reinterpretAsFloat64(substring(state, 1, 8)) + reinterpretAsFloat64(substring(state, 9, 8)) * bitShiftRight(reinterpretAsUInt64(substring(state, 16 * ${node} + 1, 8)), 6)`,
  );
  const counts = nodes((node) => `reinterpretAsUInt64(substring(state, 16 * ${node} + 9, 8))`);
  return `arrayReduce('quantileExactWeightedOrNull(${String(q)})', ${values}, ${counts})`;
}

const merged = (merge: string, type: string, states: string): string =>
  `arrayReduce('${merge}', arrayMap(state -> CAST(state, 'AggregateFunction(${type})'), ${states}))`;

const arePresent = (doubles: string): string => `arrayMap(value -> NOT isNaN(value), ${doubles})`;

const finite = (value: string): string => `if(isFinite(${value}), ${value}, NULL)`;

const unlessEmpty = (states: string, value: string): string => `if(empty(${states}), NULL, ${value})`;
