import type { CheckHost, NamedMetric } from '../../core/plugin.ts';
import { windowOf } from '../../cli/nab/scores.ts';
import { outlier, Outlier } from '../../plugins/outlier/plugin.ts';
import type { Peer } from './peer.ts';

const METRIC: NamedMetric = { name: 'value', metric: { kind: 'value', aggregate: 'value' }, where: {} };
const HOST: CheckHost = { stream: 'nab', streamKind: 'packets', windowMs: 60_000, metrics: [METRIC], random: () => 0 };

/** The plugin as `touchstone nab` asks it: the onset of what is strange by its own past. */
export const touchstone: Peer = () => {
  const check = new Outlier(outlier.options.parse({}), HOST);
  return (timeMs, value) => {
    check.window(windowOf(timeMs, value));
    return check.strangenessOf('', METRIC.name)?.onset ?? 0;
  };
};

/** The plugin's forecast alone, as it was before: -log10 of the rarity of what it reports. */
export const forecastAlone: Peer = () => {
  const check = new Outlier(outlier.options.parse({ rarityMax: 0.01, changeMin: 0 }), HOST);
  return (timeMs, value) => {
    const told = check.window(windowOf(timeMs, value)).filter(({ data }) => data['signal'] === 'forecast');
    return Math.max(0, ...told.map(({ rarity = 1 }) => -Math.log10(rarity)));
  };
};
