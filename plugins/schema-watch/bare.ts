/**
 * A record that has nothing but what is put in. Names and values come from events: in a plain object `constructor` would be there from the beginning, and what is put
 * in as `__proto__` would be put in every object there is.
 */
export const bare = <V>(entries: Readonly<Record<string, V>> = {}): Record<string, V> =>
  Object.assign(Object.create(null) as Record<string, V>, entries);
