/** Registers of the large form: 2^12. */
export const REGISTERS = 4_096;

/** Distinct hashes up to which all are kept. */
export const HASHES_MAX = 128;

/** Greatest rank that a register can have: a hash whose upper 52 bits are zero. */
export const RANK_MAX = 53;

/** Hashes seen, all of them while they are few; or the registers of a HyperLogLog, made of their hashes alone. */
export interface DistinctState {
  /** Open addressing: pairs of lower and upper half, 0, 0 where it is free. */
  hashes: Uint32Array;
  /** Hashes in it. */
  size: number;
  registers: Uint8Array | undefined;
}

/** A state of no text. */
export function emptyDistinct(): DistinctState {
  return { hashes: new Uint32Array(16), size: 0, registers: undefined };
}

/** Adds a hash, given in two halves. The one hash that is 0 counts as 1, since 0 marks a free place. */
export function addHash(state: DistinctState, low: number, high: number): void {
  const marked = (low | high) === 0 ? 1 : low;
  if (state.registers === undefined) addToHashes(state, marked, high);
  else addToRegisters(state.registers, marked, high);
}

function addToHashes(state: DistinctState, low: number, high: number): void {
  const { hashes } = state;
  const mask = hashes.length - 1;
  let at = (high * 2) & mask;
  for (; ((hashes[at] ?? 0) | (hashes[at + 1] ?? 0)) !== 0; at = (at + 2) & mask)
    if (hashes[at] === low && hashes[at + 1] === high) return;
  if (state.size === HASHES_MAX) {
    addToRegisters(toRegisters(state), low, high);
    return;
  }
  hashes[at] = low;
  hashes[at + 1] = high;
  if (++state.size * 4 > hashes.length) growHashes(state);
}

function growHashes(state: DistinctState): void {
  const { hashes } = state;
  state.hashes = new Uint32Array(hashes.length * 2);
  state.size = 0;
  for (let at = 0; at < hashes.length; at += 2) {
    const low = hashes[at] ?? 0;
    const high = hashes[at + 1] ?? 0;
    if ((low | high) !== 0) addToHashes(state, low, high);
  }
}

/** Gives up the hashes for registers. */
export function toRegisters(state: DistinctState): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  const { hashes } = state;
  for (let at = 0; at < hashes.length; at += 2) {
    const low = hashes[at] ?? 0;
    const high = hashes[at + 1] ?? 0;
    if ((low | high) !== 0) addToRegisters(registers, low, high);
  }
  state.registers = registers;
  state.hashes = NO_HASHES;
  state.size = 0;
  return registers;
}

const NO_HASHES = new Uint32Array(0);

/** The lower 12 bits choose a register; it keeps the greatest rank, the place of the lowest bit that is set above them. */
function addToRegisters(registers: Uint8Array, low: number, high: number): void {
  const register = low & (REGISTERS - 1);
  const lower = (low >>> 12) | (high << 20);
  const upper = high >>> 12;
  const rank = lower !== 0 ? lowestBit(lower) + 1 : upper !== 0 ? lowestBit(upper) + 33 : RANK_MAX;
  if (rank > (registers[register] ?? 0)) registers[register] = rank;
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** How many registers have each rank. */
export function rankCounts(registers: Uint8Array): Uint32Array {
  const counts = new Uint32Array(RANK_MAX + 1);
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1;
  return counts;
}
