import { type Pulse, PULSES } from './heard.ts';
import type { OnsetPriors } from './onsetPriors.ts';
import type { Signs } from './signs.ts';
import type { Silence } from './silence.ts';

/** A server at an instant; overdue ones are witnesses only. */
export interface Watched {
  readonly server: string;
  readonly region: string;
  readonly isOverdue: boolean;
  readonly signs: Signs;
}

/** A common onset that is less probable than this is left out. */
const WEIGHT_MIN = 1e-6;
/** Which share of its region or of the fleet a common onset strikes: unknown even in its order of magnitude. */
const STRUCK_SHARES = [0.03, 0.06, 0.12, 0.25, 0.5, 0.9];

interface Weighed {
  readonly region: string;
  readonly share: number;
  readonly weight: number;
  readonly gone: number;
}

/** A common onset as one fate: probability that it was and that those whom it struck never come; and of each server how silent and how gone it is by it. */
export interface CommonSilence {
  readonly pulse: Pulse;
  readonly onsetMinute: number;
  readonly gone: number;
  readonly members: readonly { readonly server: string; readonly silent: number; readonly gone: number }[];
}

/**
 * Who may have fallen silent together in one cell, though most are not overdue, by Bayes' rule: either nothing common befell the fleet, or a share of it or of one region fell silent, of which each server is struck independently.
 * Who is heard with the cell, or with a packet of it where packets stay away, was not struck; who is not is the likelier to be the longer its data would usually be here, and the more of its kin are missing too.
 */
export function commonSilenceAt(
  watched: readonly Watched[],
  { onsetMinute, pulse }: { readonly onsetMinute: number; readonly pulse: Pulse },
  priors: OnsetPriors,
): CommonSilence | undefined {
  const missing = watched.filter(({ signs }) => signs[pulse].onsetMinute === onsetMinute);
  // With nothing that speaks for it, it is as rare as ever.
  if (!missing.some(({ signs, isOverdue }) => isOverdue || signs[pulse].odds > 1)) return undefined;
  const here = new Map<string, number>();
  for (const { region, signs } of watched)
    if (signs[pulse].onsetMinute > onsetMinute) here.set(region, (here.get(region) ?? 0) + 1);
  const weighed = weighedOnsets(missing, here, pulse, priors);
  const gone = weighed.reduce((sum, onset) => sum + onset.weight * onset.gone, 0);
  const members = missing.map(({ server, region, signs }) => {
    const { odds, alone } = signs[pulse];
    let [silent, lost] = [0, 0];
    for (const { weight, share, gone: never, region: scope } of weighed) {
      if (scope !== '' && scope !== region) continue;
      const struck = (share * odds) / (share * odds + (1 - share) * (1 + alone * odds));
      silent += weight * struck;
      lost += weight * struck * never;
    }
    return { server, silent, gone: lost };
  });
  return { pulse, onsetMinute, gone, members };
}

/** Each common onset that may have been, with its probability. `here`: how many of each region were not struck. */
function weighedOnsets(
  missing: readonly Watched[],
  here: ReadonlyMap<string, number>,
  pulse: Pulse,
  { common, lateProbability }: OnsetPriors,
): readonly Weighed[] {
  const byRegion = Map.groupBy(missing, ({ region }) => region);
  const regions = new Set([...byRegion.keys(), ...here.keys()]).size;
  const everywhere = [...here.values()].reduce((sum, servers) => sum + servers, 0);
  const scopes = [
    { region: '', struck: missing, others: everywhere, prior: 0.5 },
    ...[...byRegion].map(([region, struck]) => ({
      region,
      struck,
      others: here.get(region) ?? 0,
      prior: 0.5 / regions,
    })),
  ];
  const rate = common(pulse);
  const onsets = scopes.flatMap(({ region, struck, others, prior }) =>
    STRUCK_SHARES.map((share) => {
      let logWeight = Math.log((rate * prior) / STRUCK_SHARES.length) + others * Math.log(1 - share);
      for (const { signs } of struck) {
        const { odds, alone } = signs[pulse];
        logWeight += Math.log((share * odds) / (1 + alone * odds) + 1 - share);
      }
      return { region, share, logWeight, together: Math.max(2, Math.round(share * (struck.length + others))) };
    }),
  );
  const greatest = Math.max(0, ...onsets.map(({ logWeight }) => logWeight));
  const total = onsets.reduce(
    (sum, { logWeight }) => sum + Math.exp(logWeight - greatest),
    (1 - rate) * Math.exp(-greatest),
  );
  return onsets
    .map(({ logWeight, ...onset }) => ({ ...onset, weight: Math.exp(logWeight - greatest) / total }))
    .filter(({ weight }) => weight > WEIGHT_MIN)
    .map(({ region, share, together, weight }) => ({
      region,
      share,
      weight,
      gone: 1 - lateProbability({ pulse, region, together }),
    }));
}

/** Probability that a server fell silent by itself, by pulse, given what is here of it. */
export function aloneOf({ signs }: Watched): readonly { readonly pulse: Pulse; readonly silent: number }[] {
  const weights = PULSES.filter((pulse) => Number.isFinite(signs[pulse].onsetMinute)).map((pulse) => ({
    pulse,
    weight: signs[pulse].alone * signs[pulse].odds,
  }));
  const total = 1 + weights.reduce((sum, { weight }) => sum + weight, 0);
  return weights.map(({ pulse, weight }) => ({ pulse, silent: weight / total }));
}

/** Probabilities of never coming below which a server that is not overdue is taken to be sure to come. */
const NEGLIGIBLE = 1e-3;

type Found = Map<string, { readonly gone: number; readonly silence: Silence }>;

/**
 * The servers that may have fallen silent though they are not overdue: each by itself or with others, whichever makes it likelier that its data never comes.
 * `fateOf`: the fate of overdue servers that fell silent at the same time, if there are such; then it is theirs.
 */
export function newSilencesOf(
  watched: readonly Watched[],
  priors: OnsetPriors,
  fateOf: (pulse: Pulse, onsetMinute: number) => Silence | undefined,
): ReadonlyMap<string, Silence> {
  const found: Found = new Map();
  const waiting = watched.filter(({ isOverdue }) => !isOverdue);
  for (const one of waiting) {
    const silence = aloneSilence(one, priors);
    if (silence !== undefined) found.set(one.server, { gone: 1 - silence.lateProbability, silence });
  }
  const isWaiting = new Set(waiting.map(({ server }) => server));
  for (const pulse of PULSES) {
    for (const onsetMinute of new Set(waiting.map(({ signs }) => signs[pulse].onsetMinute))) {
      if (!Number.isFinite(onsetMinute)) continue;
      const common = commonSilenceAt(watched, { onsetMinute, pulse }, priors);
      if (common !== undefined) addCommon(found, { common, isWaiting, joined: fateOf(pulse, onsetMinute) });
    }
  }
  return new Map([...found].map(([server, { silence }]) => [server, silence]));
}

function aloneSilence(one: Watched, { aloneLate }: OnsetPriors): Silence | undefined {
  const parts = aloneOf(one);
  const silentProbability = parts.reduce((sum, { silent }) => sum + silent, 0);
  if (silentProbability <= NEGLIGIBLE) return undefined;
  const gone = parts.reduce((sum, { pulse, silent }) => sum + silent * (1 - aloneLate(one, pulse)), 0);
  if (gone <= NEGLIGIBLE) return undefined;
  return { fate: `new ${one.server}`, lateProbability: 1 - gone, share: 1, silentProbability };
}

function addCommon(
  found: Found,
  { common, isWaiting, joined }: { common: CommonSilence; isWaiting: ReadonlySet<string>; joined: Silence | undefined },
): void {
  const { pulse, onsetMinute, members } = common;
  const fate = `new ${pulse} ${onsetMinute}`;
  for (const { server, silent, gone } of members) {
    if (!isWaiting.has(server) || gone <= Math.max(NEGLIGIBLE, found.get(server)?.gone ?? 0)) continue;
    const share = Math.min(1, gone / common.gone);
    const silence =
      joined === undefined
        ? { fate, lateProbability: 1 - common.gone, share, silentProbability: Math.min(1, silent / share) }
        : { ...joined, share: silent };
    found.set(server, { gone, silence });
  }
}
