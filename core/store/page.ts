/** Where a page of a list ended: what its last item is sorted by, and what tells that item from others sorted the same. */
export interface Place {
  readonly value: number;
  readonly tie: string;
}

/** A page of a list: how many items, and after which place. */
export interface Page {
  readonly limit: number;
  readonly after?: Place | undefined;
}

/** A list's order: descending by a whole number, then ascending by a text that no two items share. Both in SQL. */
export interface ListOrder {
  readonly value: string;
  readonly tie: string;
}

/** SQL of a page: its condition (none on the first page), its order and its parameters. It gives one item more than the page, if there is one, and the place of each. */
export function pageSql(
  { value, tie }: ListOrder,
  { limit, after }: Page,
): {
  readonly conditions: readonly string[];
  readonly columns: string;
  readonly order: string;
  readonly params: Readonly<Record<string, unknown>>;
} {
  return {
    conditions:
      after === undefined
        ? []
        : [`(${value} < {afterValue:Int64} OR (${value} = {afterValue:Int64} AND ${tie} > {afterTie:String}))`],
    columns: `${value} AS placeValue, ${tie} AS placeTie`,
    order: `ORDER BY placeValue DESC, placeTie LIMIT {limit:UInt32}`,
    params: { limit: limit + 1, ...(after === undefined ? {} : { afterValue: after.value, afterTie: after.tie }) },
  };
}
