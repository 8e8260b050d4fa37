import { seededRandom } from '../../core/findings/random.ts';
import type { Peer } from './peer.ts';

const TREES = 10;
const SAMPLE = 128;
const SHINGLE = 8;
const REFIT = 64;

interface Node {
  readonly size: number;
  readonly cut?: readonly [dimension: number, at: number, Node, Node];
}

function grown(points: readonly (readonly number[])[], random: () => number, depth = 0): Node {
  const size = points.length;
  const ranges = Array.from({ length: SHINGLE }, (_, at) => {
    const values = points.map((point) => point[at] ?? 0);
    return [Math.min(...values), Math.max(...values)] as const;
  });
  const total = ranges.reduce((sum, [low, high]) => sum + high - low, 0);
  if (size < 2 || !(total > 0) || depth > 40) return { size };
  let left = random() * total;
  const found = ranges.findIndex(([low, high]) => (left -= high - low) < 0);
  const dimension = Math.max(0, found);
  const [low, high] = ranges[dimension] ?? [0, 0];
  const at = low + random() * (high - low);
  const side = (isLow: boolean): Node =>
    grown(
      points.filter((point) => (point[dimension] ?? 0) <= at === isLow),
      random,
      depth + 1,
    );
  return { size, cut: [dimension, at, side(true), side(false)] };
}

/** Expected depth of a leaf of so many points. */
const depthOf = (size: number): number => (size < 2 ? 0 : 2 * (Math.log(size - 1) + 0.5772) - (2 * (size - 1)) / size);

function depthIn(node: Node, point: readonly number[], depth = 0): number {
  if (node.cut === undefined) return depth + depthOf(node.size);
  const [dimension, at, low, high] = node.cut;
  return depthIn((point[dimension] ?? 0) <= at ? low : high, point, depth + 1);
}

/**
 * A small random cut forest (Guha, Mishra, Roy and Schrijvers 2016) over the last 8 values: cuts in proportion to range, samples of 128 that forget, grown anew every
 * 64 values. The score is by depth, as in an isolation forest, not by displacement.
 */
export const randomCutForest: Peer = () => {
  const random = seededRandom('forest');
  const samples = Array.from({ length: TREES }, (): number[][] => []);
  let trees: Node[] = [];
  const last: number[] = [];
  let seen = 0;
  return (_, value) => {
    last.push(value);
    if (last.length > SHINGLE) last.shift();
    if (last.length < SHINGLE) return 0;
    const point = [...last];
    const depth = trees.reduce((sum, tree) => sum + depthIn(tree, point), 0) / (trees.length || 1);
    for (const sample of samples)
      if (sample.length < SAMPLE) sample.push(point);
      else if (random() < 0.1) sample[Math.floor(random() * SAMPLE)] = point;
    if (++seen % REFIT === 0) trees = samples.map((sample) => grown(sample, random));
    return trees.length === 0 ? 0 : 2 ** (-depth / depthOf(SAMPLE));
  };
};
