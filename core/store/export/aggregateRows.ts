import type { AggregationPlan, NamedMetric, PlannedCut } from '../../windows/plan.ts';
import { OTHER_SERIES } from '../../windows/seriesIndex.ts';
import { cutText } from '../../windows/series.ts';
import {
  columnsSql,
  distinctNames,
  type ExportRows,
  type SqlColumn,
  startSql,
  toldColumns,
  windowColumns,
} from './exportColumn.ts';
import { NUMBER_KINDS, numberSql, QUANTILE_KINDS, quantileSql } from './stateSql.ts';

/**
 * The aggregates of windows by one cut: a row for each series, with its labels, its counts, the aggregates that are numbers, and the stream's metrics. Cells are merged in one order
 * (window, partition, since), so that sums and quantiles are the same to the last bit whenever they are read. Most frequent texts have no column.
 */
export function aggregateRows(database: string, plan: AggregationPlan, cut: PlannedCut, windowMs: number): ExportRows {
  const states = statesOf(cut);
  const columns = distinctNames([
    ...windowColumns(windowMs),
    ...cut.dimensions.map((name, at): SqlColumn => ({ name, of: name, is: 'label', type: 'text', sql: label(at) })),
    ...aggregateColumns(states),
    ...plan.metrics.flatMap((metric) => metricColumn(metric, cut, states)),
  ]);
  const cells = ['toUnixTimestamp64Milli(windowStart)', 'partition', 'since', ...states.map(({ cellSql }) => cellSql)];
  return {
    columns: toldColumns(columns),
    select: `SELECT _start, tuple(_series) AS _order, ${labelsSql(cut)} AS _labels, ${states.map(({ sql }) => sql).join(', ')}, ${columnsSql(columns)}
      FROM (SELECT ${startSql('windowStart', windowMs)} AS _start, series AS _series, arraySort(groupArray((${cells.join(', ')}))) AS _cells
            FROM ${database}.aggregate_cells FINAL
            WHERE stream = {stream:String} AND cut = {cut:String} AND windowStart >= fromUnixTimestamp64Milli({fromMs:Int64})
              AND windowStart < fromUnixTimestamp64Milli({toMs:Int64}) AND _start IN {starts:Array(Int64)}
            GROUP BY _start, _series)`,
    params: { stream: plan.stream, cut: cutText(cut.dimensions), pattern: seriesPattern(cut), other: OTHER_SERIES },
  };
}

/** The states of one aggregate in the cells of a row. */
interface CutState {
  readonly name: string;
  readonly kind: string;
  /** What a cell has of it. */
  readonly cellSql: string;
  /** Those of a row, as `_s<n>`; a cell from before the aggregate was declared has none. */
  readonly sql: string;
  readonly array: string;
}

const statesOf = ({ aggregates }: PlannedCut): CutState[] =>
  aggregates
    .map(({ name, aggregate }) => ({ name, kind: aggregate.aggregator.kind }))
    .filter(({ kind }) => NUMBER_KINDS.has(kind) || QUANTILE_KINDS.has(kind))
    .map(({ name, kind }, at) => ({
      name,
      kind,
      cellSql: `states['${name}']`,
      sql: `arrayFilter(state -> notEmpty(state), arrayMap(cell -> cell.${String(at + 4)}, _cells)) AS _s${String(at)}`,
      array: `_s${String(at)}`,
    }));

const aggregateColumns = (states: readonly CutState[]): SqlColumn[] =>
  states
    .filter(({ kind }) => NUMBER_KINDS.has(kind))
    .map(({ name, kind, array }) => ({
      name,
      of: name,
      is: 'aggregate',
      type: NUMBER_KINDS.get(kind) ?? 'double',
      sql: numberSql(kind, array),
    }));

/** A metric's column; none where the cut has nothing that it is made of, or where it would repeat the aggregate of its name. */
function metricColumn({ name, metric, where }: NamedMetric, cut: PlannedCut, states: readonly CutState[]): SqlColumn[] {
  const number = (aggregate: string): { type: 'integer' | 'double'; sql: string } | undefined => {
    const state = states.find((one) => one.name === aggregate);
    const type = NUMBER_KINDS.get(state?.kind ?? '');
    return state === undefined || type === undefined ? undefined : { type, sql: numberSql(state.kind, state.array) };
  };
  const told = (type: SqlColumn['type'], sql: string): SqlColumn[] => {
    const labels = Object.entries(where).map(([key, value]) => ({ at: cut.dimensions.indexOf(key), value }));
    if (labels.some(({ at }) => at < 0)) return [];
    const holds = labels.map(({ at, value }) => `${label(at)} = '${value}'`).join(' AND ');
    return [{ name, of: name, is: 'metric', type, sql: holds === '' ? sql : `if(${holds}, ${sql}, NULL)` }];
  };
  switch (metric.kind) {
    case 'value': {
      const value = metric.aggregate === name ? undefined : number(metric.aggregate);
      return value === undefined ? [] : told(value.type, value.sql);
    }
    case 'ratio': {
      const [above, below] = [number(metric.numerator), number(metric.denominator)];
      if (above === undefined || below === undefined) return [];
      const ratio = `${above.sql} / nullIf(${below.sql}, 0)`;
      return told('double', `if(isFinite(${ratio}), ${ratio}, NULL)`);
    }
    case 'quantile': {
      const state = states.find((one) => one.name === metric.aggregate && QUANTILE_KINDS.has(one.kind));
      return state === undefined ? [] : told('double', quantileSql(state.kind, state.array, metric.q));
    }
  }
}

const label = (at: number): string => `_labels[${String(at + 1)}]`;

/** The values of a series text (`seriesText` in core/windows/series.ts), in the order of the cut. */
const labelsSql = ({ dimensions }: PlannedCut): string =>
  dimensions.length === 0
    ? '[]::Array(String)'
    : `if(_series = {other:String}, arrayWithConstant(${String(dimensions.length)}, {other:String}),
         arrayMap(value -> replaceRegexpAll(value, '(?s)\\\\\\\\(.)', '\\\\1'), extractGroups(_series, {pattern:String})))`;

const seriesPattern = ({ dimensions }: PlannedCut): string =>
  `(?s)^${dimensions.map((dimension) => `${dimension}=((?:\\\\.|[^\\\\,])*)`).join(',')}$`;
