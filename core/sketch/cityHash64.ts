import { add, mixShifted, multiply, rotate, set, subtract, words, xor } from './words64.ts';

const [OUT, A, B, C, D, P, Q, U, V, W] = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18] as const;
const [X, Y, Z, V1, V2, W1, W2] = [20, 22, 24, 28, 30, 32, 34] as const;
const [K0, K1, K2, K3, MUL] = [40, 42, 44, 46, 48] as const;
set(K0, 0x97cb3127, 0xc3a5c85c);
set(K1, 0xbe98f273, 0xb492b66f);
set(K2, 0x2f90404f, 0x9ae16a3b);
set(K3, 0x509e6557, 0xc949d7c7);
set(MUL, 0xeb382d69, 0x9ddfea08);

/** Bytes of the text being hashed. */
let view: Uint8Array = new Uint8Array(0);

/**
 * CityHash64, version 1.0.2 (Pike and Alakuijala 2011), of `bytes[start, end)`: it is ClickHouse's `cityHash64(text)`, so sketches of hashes made here and there
 * can be merged. The result is taken by {@link hashLow} and {@link hashHigh}. Cost: 60 ns for short texts, about 7 ns a byte for long ones; allocates nothing.
 */
export function cityHash64(bytes: Uint8Array, start: number, end: number): void {
  const length = end - start;
  view = bytes;
  if (length <= 16) upTo16(start, length);
  else if (length <= 32) upTo32(start, length);
  else if (length <= 64) upTo64(start, length);
  else longer(start, length);
}

/** Lower half of the last hash, unsigned. */
export const hashLow = (): number => words[OUT] ?? 0;
/** Upper half of the last hash, unsigned. */
export const hashHigh = (): number => words[OUT + 1] ?? 0;

function upTo16(s: number, length: number): void {
  if (length > 8) {
    load(A, s);
    load(B, s + length - 8);
    set(C, length);
    add(C, C, B);
    rotate(C, C, length);
    mixTwo(OUT, A, C);
    xor(OUT, OUT, B);
  } else if (length >= 4) {
    const first = load32(s);
    set(A, first << 3, first >>> 29);
    set(B, length);
    add(A, A, B);
    set(B, load32(s + length - 4));
    mixTwo(OUT, A, B);
  } else if (length > 0) {
    set(A, (view[s] ?? 0) + ((view[s + (length >> 1)] ?? 0) << 8));
    set(B, length + ((view[s + length - 1] ?? 0) << 2));
    multiply(A, A, K2);
    multiply(B, B, K3);
    xor(A, A, B);
    mixShifted(A, A);
    multiply(OUT, A, K2);
  } else copy(OUT, K2);
}

function upTo32(s: number, length: number): void {
  loadTimes(A, s, K1);
  load(B, s + 8);
  loadTimes(C, s + length - 8, K2);
  loadTimes(D, s + length - 16, K0);
  subtract(U, A, B);
  rotate(U, U, 43);
  addRotated(U, C, 30);
  add(U, U, D);
  xor(V, B, K3);
  rotate(V, V, 20);
  add(V, V, A);
  subtract(V, V, C);
  addNumber(V, length);
  mixTwo(OUT, U, V);
}

function upTo64(s: number, length: number): void {
  set(B, length);
  load(D, s + length - 16);
  add(B, B, D);
  multiply(B, B, K0);
  load(A, s);
  add(A, A, B);
  load(Z, s + 24);
  mixHalf(V1, V2, s + 8, s + 16);
  load(A, s + 16);
  addLoaded(A, s + length - 32);
  load(Z, s + length - 8);
  mixHalf(W1, W2, s + length - 24, s + length - 16);
  add(U, V1, W2);
  multiply(U, U, K2);
  add(V, W1, V2);
  multiply(V, V, K0);
  add(U, U, V);
  mixShifted(U, U);
  multiply(U, U, K0);
  add(U, U, V2);
  mixShifted(U, U);
  multiply(OUT, U, K2);
}

/** One half of 33 to 64 bytes: A and Z are its first and last number, the places say where its second and third are. */
function mixHalf(first: number, second: number, place1: number, place2: number): void {
  add(B, A, Z);
  rotate(B, B, 52);
  rotate(C, A, 37);
  addLoaded(A, place1);
  addRotated(C, A, 7);
  addLoaded(A, place2);
  add(first, A, Z);
  addRotated(B, A, 31);
  add(second, B, C);
}

function longer(start: number, length: number): void {
  const end = start + length;
  load(X, start);
  load(Y, end - 16);
  xor(Y, Y, K1);
  load(Z, end - 56);
  xor(Z, Z, K0);
  set(A, length);
  mix32(V1, V2, end - 64, Y);
  set(A, length);
  multiply(A, A, K1);
  mix32(W1, W2, end - 32, K0);
  mixShifted(U, V2);
  multiply(U, U, K1);
  add(Z, Z, U);
  add(X, Z, X);
  rotate(X, X, 39);
  multiply(X, X, K1);
  rotate(Y, Y, 33);
  multiply(Y, Y, K1);
  const last = start + ((length - 1) & ~63);
  for (let s = start; s < last; s += 64) mixBlock(s);
  mixTwo(A, V1, W1);
  mixShifted(B, Y);
  multiply(B, B, K1);
  add(A, A, B);
  add(A, A, Z);
  mixTwo(B, V2, W2);
  add(B, B, X);
  mixTwo(OUT, A, B);
}

/** 64 bytes of a long text. */
function mixBlock(s: number): void {
  add(X, X, Y);
  add(X, X, V1);
  addLoaded(X, s + 16);
  rotate(X, X, 37);
  multiply(X, X, K1);
  add(Y, Y, V2);
  addLoaded(Y, s + 48);
  rotate(Y, Y, 42);
  multiply(Y, Y, K1);
  xor(X, X, W2);
  xor(Y, Y, V1);
  xor(Z, Z, W1);
  rotate(Z, Z, 33);
  multiply(A, V2, K1);
  add(U, X, W1);
  mix32(V1, V2, s, U);
  add(A, Z, W2);
  mix32(W1, W2, s + 32, Y);
  copy(U, Z);
  copy(Z, X);
  copy(X, U);
}

/** 32 bytes from s, with the seeds A and `seed`. */
function mix32(first: number, second: number, s: number, seed: number): void {
  load(D, s + 24);
  addLoaded(A, s);
  add(B, seed, A);
  add(B, B, D);
  rotate(B, B, 21);
  copy(C, A);
  addLoaded(A, s + 8);
  addLoaded(A, s + 16);
  addRotated(B, A, 44);
  load(D, s + 24);
  add(first, A, D);
  add(second, B, C);
}

/** Two numbers mixed into one; `to` may be any place but P and Q. */
function mixTwo(to: number, u: number, v: number): void {
  xor(P, u, v);
  multiply(P, P, MUL);
  mixShifted(P, P);
  xor(Q, v, P);
  multiply(Q, Q, MUL);
  mixShifted(Q, Q);
  multiply(to, Q, MUL);
}

function load32(at: number): number {
  return (view[at] ?? 0) | ((view[at + 1] ?? 0) << 8) | ((view[at + 2] ?? 0) << 16) | ((view[at + 3] ?? 0) << 24);
}

function load(to: number, at: number): void {
  set(to, load32(at), load32(at + 4));
}

function loadTimes(to: number, at: number, factor: number): void {
  load(to, at);
  multiply(to, to, factor);
}

/** The place W belongs to this and the next two. */
function addLoaded(to: number, at: number): void {
  load(W, at);
  add(to, to, W);
}

function addRotated(to: number, a: number, by: number): void {
  rotate(W, a, by);
  add(to, to, W);
}

function addNumber(to: number, value: number): void {
  set(W, value);
  add(to, to, W);
}

function copy(to: number, a: number): void {
  set(to, words[a] ?? 0, words[a + 1] ?? 0);
}
