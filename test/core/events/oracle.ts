import { FIELDS } from './decoding.ts';

/** What JSON.parse says of a line, and what a declared type then asks of it: the decoder's oracle. */
export function expected(line: Uint8Array): { event?: Record<string, unknown>; reasons: readonly string[] } {
  if (line.includes(0)) return { reasons: ['nul-byte'] };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return { reasons: ['bad-utf8'] };
  }
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return { reasons: ['not-json'] };
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return { reasons: ['not-an-object'] };
  const marked = JSON.parse(text, markBeyond as never) as Record<string, unknown>;
  const declared = Object.entries(FIELDS).flatMap(([name, type]) => {
    const reasons = Object.hasOwn(event, name) ? wrong(type, (event as Record<string, unknown>)[name]) : [];
    // Of a list where a number should be, what is in it may be told first.
    return reasons.length === 0
      ? []
      : [...reasons, ...unstorable(marked[name]).filter((reason) => reason === 'out-of-range')];
  });
  const others = Object.entries(marked).flatMap(([name, value]) =>
    Object.hasOwn(FIELDS, name) ? [] : [...halves(name), ...unstorable(value)],
  );
  return { event: event as Record<string, unknown>, reasons: [...declared, ...others] };
}

const BEYOND = Symbol('beyond 64 bits');

/** The store's JSON column holds doubles and 64-bit integers. */
function markBeyond(_key: string, value: unknown, { source = '' }: { readonly source?: string }): unknown {
  if (typeof value !== 'number') return value;
  if (/[.eE]/.test(source)) return Number.isFinite(value) ? value : BEYOND;
  return BigInt(source) >= -(2n ** 63n) && BigInt(source) < 2n ** 64n ? value : BEYOND;
}

/** Why an undeclared value cannot be kept as it is. */
function unstorable(value: unknown): string[] {
  if (value === BEYOND) return ['out-of-range'];
  if (typeof value === 'string') return halves(value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => [...halves(key), ...unstorable(of)]);
}

/** UTF-8 cannot hold half of a surrogate pair. */
const halves = (text: string): string[] => (text.isWellFormed() ? [] : ['bad-utf8']);

function wrong(type: string, value: unknown): string[] {
  if (value === null) return [];
  if (type === 'category' || type === 'text') return typeof value === 'string' ? [] : ['wrong-type'];
  if (type === 'boolean') return typeof value === 'boolean' ? [] : ['wrong-type'];
  if (type === 'time' && typeof value === 'string') return /^\d{4}-\d\d-\d\d/.test(value) ? [] : ['wrong-type'];
  if (typeof value !== 'number') return ['wrong-type'];
  if (!Number.isFinite(value)) return ['out-of-range'];
  if (type === 'number' || Number.isSafeInteger(value)) return [];
  return [Number.isInteger(value) ? 'out-of-range' : 'wrong-type'];
}
