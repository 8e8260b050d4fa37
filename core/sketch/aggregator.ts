/**
 * A mergeable summary of values. `State` is a mutable object owned by whoever asked `empty` or `decode` for it.
 *
 * Laws, proven for every aggregator by `test/core/sketch/aggregator.laws.test.ts`:
 * merge is associative and commutative as far as `read` can tell; `empty()` is its identity;
 * adding xs then ys reads the same as merging a state of xs with a state of ys (within the sketch's stated error);
 * `decode(encode(s))` continues exactly as `s` would: the same further adds give the same bytes.
 *
 * The bytes of `encode` depend only on the values and their order, never on how they were split into batches;
 * a replay therefore ends byte-identical to the live run.
 */
export interface Aggregator<Input, State, Reading> {
  /** Name of the encoding, such as `count` or `quantiles`; stored beside the bytes. */
  readonly kind: string;
  empty(): State;
  /** Adds one value in place. A number that is NaN (an absent value) changes nothing. */
  add(state: State, input: Input): void;
  /** Adds all of `other` to `into` in place; `other` stays as it is. */
  merge(into: State, other: State): void;
  read(state: State): Reading;
  /** The state as bytes, in the form in which ClickHouse reads the kind (see each aggregator). */
  encode(state: State): Uint8Array;
  /** The inverse of `encode`. Throws RangeError when the bytes are no such state. */
  decode(bytes: Uint8Array): State;
}
