/** A server that is silent for longer than is usual for it, or that may be though it is not yet. */
export interface Silence {
  /** Servers with the same text share one fate. */
  readonly fate: string;
  /** Probability that the data of this fate comes after all. */
  readonly lateProbability: number;
  /** The part of the server's missing events that has this fate, in (0, 1]: the rest is sure to come. 1 of one that is overdue. */
  readonly share: number;
  /** Probability that those who share this fate are silent at all, in (0, 1]. 1 of one that is overdue. */
  readonly silentProbability: number;
}

/** A silence as it stands in a snapshot; the last two are not in those of an earlier version, which knew of overdue servers only. */
export type KeptSilence = readonly [
  server: string,
  fate: string,
  lateProbability: number,
  share?: number,
  silentProbability?: number,
];

export const keptSilence = (
  server: string,
  { fate, lateProbability, share, silentProbability }: Silence,
): KeptSilence => [server, fate, lateProbability, share, silentProbability];

export const restoredSilence = (kept: KeptSilence): [server: string, silence: Silence] => {
  const [server, fate, lateProbability, share = 1, silentProbability = 1] = kept;
  return [server, { fate, lateProbability, share, silentProbability }];
};
