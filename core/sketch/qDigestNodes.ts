/**
 * Nodes of the binary tree over the integers from 0 to 2^32, with counts. A node stands for the 2^height integers that end with `upper`.
 * In post-order: by rising upper, then by rising height, so that children come before their parent and left before right.
 */
export interface QDigestNodes {
  readonly length: number;
  readonly uppers: Uint32Array;
  readonly heights: Uint8Array;
  readonly counts: Float64Array;
}

/** Room for nodes. */
interface NodeRoom extends QDigestNodes {
  length: number;
}

const roomFor = (nodes: number): NodeRoom => ({
  length: 0,
  uppers: new Uint32Array(nodes),
  heights: new Uint8Array(nodes),
  counts: new Float64Array(nodes),
});

/** No nodes. */
export const NO_NODES: QDigestNodes = roomFor(0);

function put(to: NodeRoom, upper: number, height: number, count: number): number {
  to.uppers[to.length] = upper;
  to.heights[to.length] = height;
  to.counts[to.length] = count;
  return to.length++;
}

/** Without the room that is left. */
const fitted = ({ length, uppers, heights, counts }: NodeRoom): QDigestNodes => ({
  length,
  uppers: uppers.slice(0, length),
  heights: heights.slice(0, length),
  counts: counts.slice(0, length),
});

/** Nodes of both; counts of the same node are added. */
export function union(a: QDigestNodes, b: QDigestNodes): QDigestNodes {
  const all = roomFor(a.length + b.length);
  let fromA = 0;
  let fromB = 0;
  while (fromA < a.length && fromB < b.length) {
    const order = (a.uppers[fromA] ?? 0) - (b.uppers[fromB] ?? 0) || (a.heights[fromA] ?? 0) - (b.heights[fromB] ?? 0);
    const at = order <= 0 ? putFrom(all, a, fromA++) : putFrom(all, b, fromB++);
    if (order === 0) all.counts[at] = (all.counts[at] ?? 0) + (b.counts[fromB++] ?? 0);
  }
  while (fromA < a.length) putFrom(all, a, fromA++);
  while (fromB < b.length) putFrom(all, b, fromB++);
  return fitted(all);
}

const putFrom = (to: NodeRoom, { uppers, heights, counts }: QDigestNodes, at: number): number =>
  put(to, uppers[at] ?? 0, heights[at] ?? 0, counts[at] ?? 0);

/** The nodes of sorted integers with a count each, of 1 when none are given; counts of equal ones are added. */
export function leaves(integers: Uint32Array, counts?: Float64Array): QDigestNodes {
  const all = roomFor(integers.length);
  for (const [from, integer] of integers.entries()) {
    const count = counts?.[from] ?? 1;
    const at = all.length - 1;
    if (all.uppers[at] === integer) all.counts[at] = (all.counts[at] ?? 0) + count;
    else put(all, integer, 0, count);
  }
  return fitted(all);
}

/**
 * Joins two subtrees and the node above them wherever their counts are together at most `limit`. A count that would rise alone stays where it is, which is finer than
 * in the paper: no node but single integers has more than `limit`, and each joining that failed (of at most 2n/limit) leaves two.
 */
export function joinSmall(nodes: QDigestNodes, limit: number): QDigestNodes {
  const joining = new Joining(nodes.length, limit);
  const { length, uppers, heights, counts } = nodes;
  for (let at = 0; at < length; at++) joining.take(uppers[at] ?? 0, heights[at] ?? 0, counts[at] ?? 0);
  return joining.finish();
}

/** Heights of nodes are below this. */
const HEIGHTS = 33;

/** One pass over nodes in post-order. */
class Joining {
  readonly #limit: number;
  /** In post-order as well, with a count of 0 where a count was that has risen. Each joining of two takes one more place. */
  readonly #result: NodeRoom;
  /** Left subtrees that wait for the right one: places of their counts, and heights of the nodes above both. */
  readonly #lefts = new Int32Array(HEIGHTS);
  readonly #aboves = new Uint8Array(HEIGHTS);
  #waiting = 0;
  /** Place of the count that may still rise from what came after the last left subtree; -1 when none may. */
  #right = -1;
  #before = 0;

  constructor(nodes: number, limit: number) {
    this.#limit = limit;
    this.#result = roomFor(2 * nodes);
  }

  take(upper: number, height: number, count: number): void {
    if (this.#result.length > 0) {
      const common = Math.max(height, 32 - Math.clz32(this.#before ^ upper));
      this.#joinBelow(common);
      this.#before = upper;
      if (common === height) {
        const isRight = this.#waiting > 0 && this.#aboves[this.#waiting - 1] === height;
        const left = isRight ? (this.#lefts[--this.#waiting] ?? -1) : -1;
        this.#join(left, upper, height, count);
        return;
      }
      this.#lefts[this.#waiting] = this.#right;
      this.#aboves[this.#waiting++] = common;
    }
    this.#before = upper;
    this.#right = put(this.#result, upper, height, count);
  }

  finish(): QDigestNodes {
    this.#joinBelow(HEIGHTS);
    const { length, counts } = this.#result;
    const left = roomFor(length);
    for (let at = 0; at < length; at++) if ((counts[at] ?? 0) > 0) putFrom(left, this.#result, at);
    return fitted(left);
  }

  /** Nothing more comes for the nodes below a height: their subtrees are joined. */
  #joinBelow(height: number): void {
    while (this.#waiting > 0 && (this.#aboves[this.#waiting - 1] ?? 0) < height) {
      const above = this.#aboves[--this.#waiting] ?? 0;
      const upper = (this.#before | (above === 32 ? -1 : 2 ** above - 1)) >>> 0;
      this.#join(this.#lefts[this.#waiting] ?? -1, upper, above, 0);
    }
  }

  /** Joins a left subtree, the right one and the node above them, which has `own`. */
  #join(left: number, upper: number, height: number, own: number): void {
    const right = this.#right;
    if (own === 0 && (left < 0 || right < 0)) {
      this.#right = Math.max(left, right);
      return;
    }
    const { counts } = this.#result;
    const sum = (left < 0 ? 0 : (counts[left] ?? 0)) + (right < 0 ? 0 : (counts[right] ?? 0)) + own;
    if (sum > this.#limit) {
      this.#right = own > 0 ? put(this.#result, upper, height, own) : -1;
      return;
    }
    if (left >= 0) counts[left] = 0;
    if (right >= 0) counts[right] = 0;
    this.#right = put(this.#result, upper, height, sum);
  }
}
