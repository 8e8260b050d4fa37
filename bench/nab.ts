/**
 * `npm run bench:nab [DIR]` (or NAB_DATA): the scores of the Numenta Anomaly Benchmark, by its own rules, of the outlier plugin and of peers. DIR has `data/CATEGORY/FILE.csv` and
 * `windows.json`; without one, the four series of samples/nab are read, too few for more than a look.
 */
import { readCorpus, readSamples } from './nab/corpus.ts';
import { bestThreshold, crossValidated, PROFILES, scoreOf, totalPoints } from './nab/score.ts';
import { PEERS } from './peers/all.ts';

const dir = process.argv[2] ?? process.env['NAB_DATA'];
const corpus = dir === undefined ? readSamples() : readCorpus(dir);
const categories = [...new Set(corpus.map(({ category }) => category))];
const [standard = { name: 'standard', missed: 1, falseAlarm: 0.11 }] = PROFILES;
const figure = (score: number): string => (Number.isFinite(score) ? score.toFixed(1) : '-').padStart(7);
const rows = corpus.reduce((sum, { values }) => sum + values.length, 0);

console.log(
  `${String(corpus.length)} series, ${String(rows)} rows; one threshold for all, best on all, or (cv) best on the other half of the files\n`,
);
console.log(`${'detector'.padEnd(20)}${PROFILES.map(({ name }) => `${name.padStart(9)}     cv`).join('')}   rows/s`);
const byCategory: string[] = [];
for (const { name, peer } of PEERS) {
  const begin = performance.now();
  const scores = corpus.map(({ timesMs, values }) => {
    const judge = peer();
    return values.map((value, at) => judge(timesMs[at] ?? 0, value));
  });
  const seconds = (performance.now() - begin) / 1_000;
  const figures = PROFILES.map((profile) => {
    const best = totalPoints(corpus, scores, bestThreshold(corpus, scores, profile), profile);
    return `${figure(scoreOf(corpus, best, profile)).padStart(9)}${figure(crossValidated(corpus, scores, profile))}`;
  });
  console.log(`${name.padEnd(20)}${figures.join('')}${String(Math.round(rows / seconds)).padStart(9)}`);
  const threshold = bestThreshold(corpus, scores, standard);
  byCategory.push(
    `${name.padEnd(20)}${categories.map((category) => figure(ofCategory(category, scores, threshold)).padStart(category.length + 2)).join('')}`,
  );
}
console.log(
  `\nstandard profile, by category (thresholds of the whole corpus)\n${' '.repeat(20)}${categories.map((name) => `  ${name}`).join('')}`,
);
for (const line of byCategory) console.log(line);

function ofCategory(category: string, scores: readonly (readonly number[])[], threshold: number): number {
  const places = corpus.flatMap((series, at) => (series.category === category ? [at] : []));
  const part = places.flatMap((at) => corpus[at] ?? []);
  return scoreOf(
    part,
    totalPoints(
      part,
      places.map((at) => scores[at] ?? []),
      threshold,
      standard,
    ),
    standard,
  );
}
