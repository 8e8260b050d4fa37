import { seededRandom } from '../findings/random.ts';

/** One number of a series; for a ratio with its parts. */
export interface NotedValue {
  readonly value: number;
  readonly numerator?: number;
  readonly denominator?: number;
}

const NUMBER = String.raw`\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const ITEM = new RegExp(
  String.raw`(?<first>_|-?${NUMBER})(?:~(?<noise>${NUMBER}))?(?:/(?<denominator>${NUMBER}))?(?<step>[+-]${NUMBER})?(?:\s*x\s*(?<times>\d+))?(?:[\s,]+|$)`,
  'y',
);

/**
 * The numbers of a series, one a window; `undefined` is silence. Items stand one after another, with commas or spaces between them:
 *
 *     100           one window of 100                  100 x60       sixty of them
 *     _ x5          five silent windows                100+10 x3     100 110 120 (`-10` goes down)
 *     30/100 x60    a ratio with its parts             100~8 x60     noise around 100, standard deviation 8
 *
 * Noise is normal and the same on every run; `seed` makes two series of the same text differ. Whole numbers stay whole, and none falls below 0.
 */
export function series(noted: string, seed = ''): (NotedValue | undefined)[] {
  const text = noted.trim();
  const random = seededRandom(`${seed}|${text}`);
  const numbers: (NotedValue | undefined)[] = [];
  ITEM.lastIndex = 0;
  for (let at = 0; at < text.length; at = ITEM.lastIndex) {
    const item = ITEM.exec(text)?.groups;
    if (item === undefined)
      throw new RangeError(`write a series like '100 x60, _ x5, 30/100 x9'; cannot read '${text.slice(at)}'`);
    for (let turn = 0; turn < Number(item['times'] ?? 1); turn++)
      numbers.push(item['first'] === '_' ? undefined : valueOf(item, turn, random));
  }
  return numbers;
}

function valueOf(
  item: Readonly<Partial<Record<string, string>>>,
  turn: number,
  random: () => number,
): NotedValue | undefined {
  const plain = Number(item['first']) + turn * Number(item['step'] ?? 0);
  const value = item['noise'] === undefined ? plain : noisy(plain, Number(item['noise']), random);
  if (item['denominator'] === undefined) return { value };
  const denominator = Number(item['denominator']);
  return { value: value / denominator, numerator: value, denominator };
}

/** By Box and Muller 1958. */
function noisy(center: number, deviation: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const value = Math.max(0, center + deviation * normal);
  return Number.isInteger(center) ? Math.round(value) : value;
}
