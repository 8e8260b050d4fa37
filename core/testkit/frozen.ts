/** A deep copy that throws when it is changed: what a check is shown. Functions and typed arrays are taken as they are. */
export function frozen<T>(value: T): T {
  return freeze(value) as T;
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (value instanceof Map) return closed(new Map([...value].map(([key, of]) => [key as unknown, freeze(of)])));
  if (value instanceof Set) return closed(new Set(value));
  if (Array.isArray(value)) return Object.freeze(value.map(freeze));
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<string, unknown>;
  for (const [key, of] of Object.entries(value)) copy[key] = freeze(of);
  return Object.freeze(copy);
}

/** Object.freeze does not reach what a Map or Set holds. */
function closed<T extends object>(collection: T): T {
  const refuse = (): never => {
    throw new TypeError('a check may not change what it is shown');
  };
  for (const verb of ['set', 'add', 'delete', 'clear']) Object.defineProperty(collection, verb, { value: refuse });
  return Object.freeze(collection);
}
