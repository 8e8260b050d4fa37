/** JSON type of a member's value. */
export type ValueType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

/**
 * The keys and value types of a JSON object in the order they stood in, interned: events of the same form share one
 * Shape (as a JavaScript engine shares hidden classes), so counting shapes counts presence, types and nulls of all fields at once.
 */
export interface Shape {
  readonly members: readonly { readonly name: string; readonly type: ValueType }[];
}

const LETTERS: Readonly<Record<ValueType, string>> = {
  string: 's',
  number: 'n',
  boolean: 'b',
  null: '0',
  object: 'o',
  array: 'a',
};
const TYPES = new Map(Object.entries(LETTERS).map(([type, letter]) => [letter, type as ValueType]));

/** A shape as text, such as `ts:n server:s campaign:0`; kept with each stored event. Spaces and colons in names are percent-encoded. */
export const shapeText = ({ members }: Shape): string =>
  members.map(({ name, type }) => `${encodeURIComponent(name)}:${LETTERS[type]}`).join(' ');

/** The inverse of {@link shapeText}. */
export const shapeOfText = (text: string): Shape => ({
  members: text
    .split(' ')
    .filter((member) => member !== '')
    .map((member) => ({ name: decodeURIComponent(member.slice(0, -2)), type: TYPES.get(member.slice(-1)) ?? 'null' })),
});
