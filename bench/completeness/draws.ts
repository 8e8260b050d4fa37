import { seededRandom } from '../../core/findings/random.ts';

/** Random numbers of a seed: uniform in [0, 1), standard normal, and Poisson of a mean. */
export interface Draws {
  uniform(): number;
  normal(): number;
  poisson(mean: number): number;
}

export function drawsOf(seed: string): Draws {
  const uniform = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const poisson = (mean: number): number => {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const least = Math.exp(-mean);
    let count = 0;
    for (let product = uniform(); product > least; count++) product *= uniform();
    return count;
  };
  return { uniform, normal, poisson };
}
