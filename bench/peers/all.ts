import type { NamedPeer } from './peer.ts';
import { onsets } from './onsets.ts';
import { randomCutForest } from './randomCutForest.ts';
import { seasonalHybridEsd } from './seasonalHybridEsd.ts';
import { seasonalMedian } from './seasonalMedian.ts';
import { forecastAlone, touchstone } from './touchstone.ts';
import { windowedGaussian } from './windowedGaussian.ts';

/** All that are compared, ours first. */
export const PEERS: readonly NamedPeer[] = [
  { name: 'touchstone', peer: touchstone },
  { name: 'its forecast alone', peer: onsets(forecastAlone) },
  { name: 'seasonal median', peer: onsets(seasonalMedian) },
  { name: 'S-H-ESD, causal', peer: onsets(seasonalHybridEsd) },
  { name: 'random cut forest', peer: onsets(randomCutForest) },
  { name: 'windowed Gaussian', peer: windowedGaussian },
];
