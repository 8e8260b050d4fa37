import type { NamedPeer } from './peer.ts';
import { randomCutForest } from './randomCutForest.ts';
import { seasonalHybridEsd } from './seasonalHybridEsd.ts';
import { seasonalMedian } from './seasonalMedian.ts';
import { forecastAlone, touchstone } from './touchstone.ts';
import { windowedGaussian } from './windowedGaussian.ts';

/** All that are compared, ours first. */
export const PEERS: readonly NamedPeer[] = [
  { name: 'touchstone', peer: touchstone },
  { name: 'its forecast alone', peer: forecastAlone },
  { name: 'seasonal median', peer: seasonalMedian },
  { name: 'S-H-ESD, causal', peer: seasonalHybridEsd },
  { name: 'random cut forest', peer: randomCutForest },
  { name: 'windowed Gaussian', peer: windowedGaussian },
];
