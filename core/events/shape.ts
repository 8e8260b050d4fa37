/** JSON type of a member's value. */
export type ValueType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

/**
 * The keys and value types of a JSON object in the order they stood in, interned: events of the same form share one
 * Shape (as a JavaScript engine shares hidden classes), so counting shapes counts presence, types and nulls of all fields at once.
 */
export interface Shape {
  readonly members: readonly { readonly name: string; readonly type: ValueType }[];
}
