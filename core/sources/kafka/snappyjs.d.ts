/** What we use of snappyjs, which comes without types. */
declare module 'snappyjs' {
  /** One raw block. Throws on bytes that are none. */
  export function uncompress(bytes: Uint8Array): Uint8Array;
  export function compress(bytes: Uint8Array): Uint8Array;
}
