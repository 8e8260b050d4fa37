import { normalQuantile } from './normal.ts';
import { hashOf, randomOf } from './rng.ts';

/**
 * The world that the fleet serves: who buys, who sells, from where, on what. Values are shaped after OpenRTB bid requests. Everything is held as
 * ready pieces of JSON text, so that an event is put together from few strings; a table gives the index of a piece for 10 random bits.
 */

/** Exchanges, the largest first. */
export const EXCHANGES = ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'] as const;
/** Index into EXCHANGES by 10 random bits. */
export const EXCHANGE_TABLE = weightedTable([34, 24, 17, 12, 8, 5]);
/** How slow an exchange is, as a ratio to the mean. */
export const EXCHANGE_LATENCY_RATIO = [1, 0.8, 1.2, 0.9, 1.5, 1.1] as const;
/** What an exchange pays, as a ratio to the mean. */
export const EXCHANGE_PRICE_RATIO = [1, 1.1, 0.9, 1.3, 0.7, 1.05] as const;

export const COUNTRIES = ['US', 'DE', 'GB', 'FR', 'NL', 'IN', 'JP', 'BR', 'ES', 'IT', 'PL', 'AU'] as const;
export const COUNTRY_TABLE = weightedTable([26, 13, 12, 9, 7, 8, 6, 5, 4, 4, 3, 3]);
export const COUNTRY_PRICE_RATIO = [1.4, 1.2, 1.25, 1, 1.1, 0.4, 1, 0.5, 0.8, 0.8, 0.6, 1.15] as const;

export const DEVICES = ['phone', 'desktop', 'tablet', 'ctv'] as const;
const CLIENTS = [
  ['phone', 'ios', 'safari', 24],
  ['phone', 'android', 'chrome', 27],
  ['phone', 'android', 'samsung-internet', 4],
  ['desktop', 'windows', 'chrome', 14],
  ['desktop', 'windows', 'edge', 5],
  ['desktop', 'macos', 'safari', 5],
  ['desktop', 'linux', 'firefox', 2],
  ['tablet', 'ipados', 'safari', 5],
  ['tablet', 'android', 'chrome', 2],
  ['ctv', 'tvos', 'app', 4],
  ['ctv', 'tizen', 'app', 5],
  ['ctv', 'roku', 'app', 3],
] as const;
/** Index into CLIENT_PIECES and CLIENT_DEVICE by 10 random bits. */
export const CLIENT_TABLE = weightedTable(CLIENTS.map(([, , , weight]) => weight));
/** Index of the device by index of the client. */
export const CLIENT_DEVICE = CLIENTS.map(([device]) => DEVICES.indexOf(device));
export const CLIENT_PIECES = CLIENTS.map(
  ([device, os, browser]) => `,"device":"${device}","os":"${os}","browser":"${browser}"`,
);

/** `,"exchange":"x3","country":"NL"` at exchange * COUNTRIES.length + country. */
export const MARKET_PIECES = EXCHANGES.flatMap((exchange) =>
  COUNTRIES.map((country) => `,"exchange":"${exchange}","country":"${country}"`),
);

export const PUBLISHERS = Array.from({ length: 40 }, (_, at) => `pub-${String(101 + at)}`);
export const PUBLISHER_TABLE = weightedTable(PUBLISHERS.map((_, at) => 1 / (at + 3)));
export const FORMATS = ['300x250', '728x90', '320x50', '970x250', '160x600', '640x360'] as const;
const TOPICS = [
  'news',
  'sports',
  'cooking',
  'finance',
  'weather',
  'travel',
  'gaming',
  'science',
  'music',
  'garden',
] as const;
const SLOTS = ['top', 'article', 'side', 'foot'] as const;
const SITES = PUBLISHERS.map(
  (_, at) => `${TOPICS[at % TOPICS.length] ?? ''}-${String(1 + Math.floor(at / TOPICS.length))}.example`,
);

/** A placement's index is publisher * 4 + slot; this is the index of its format. */
export const PLACEMENT_FORMAT = PUBLISHERS.flatMap((publisher) =>
  SLOTS.map((slot) => hashOf(publisher + slot) % FORMATS.length),
);
/** `,"publisher":"pub-117","site":"music-2.example","placement":"pub-117-top","format":"300x250"`. */
export const PLACEMENT_PIECES = PLACEMENT_FORMAT.map((format, at) => {
  const publisher = PUBLISHERS[at >> 2] ?? '';
  return `,"publisher":"${publisher}","site":"${SITES[at >> 2] ?? ''}","placement":"${publisher}-${SLOTS[at & 3] ?? ''}","format":"${FORMATS[format] ?? ''}"`;
});
/** `","url":"https://music-2.example/2026/`, by publisher; a page follows. */
export const SITE_PIECES = SITES.map(
  (site, at) => `","url":"https://${site}/${TOPICS[at % TOPICS.length] ?? ''}/2026/`,
);
/** The rest of a page's address and of the line, by 6 random bits. */
export const PAGE_PIECES = Array.from(
  { length: 64 },
  (_, at) => `story-${String(4_017 + at * 137)}.html?utm_source=${at % 3 === 0 ? 'newsletter' : 'search'}"}\n`,
);
/** `,"campaign":"cmp-2017","creative":"cr-2017-3","advertiserDomain":"brand-17.example"`, by 8 random bits: 60 campaigns of 4 creatives, the first 4 campaigns more often. */
export const CAMPAIGN_PIECES = Array.from({ length: 256 }, (_, at) => {
  const campaign = String(2_001 + ((at >> 2) % 60));
  return `,"campaign":"cmp-${campaign}","creative":"cr-${campaign}-${String(1 + (at & 3))}","advertiserDomain":"brand-${campaign.slice(1)}.example"`;
});
/** `,"currency":"EUR"` by index of the country. */
export const CURRENCY_PIECES = COUNTRIES.map(
  (country) => `,"currency":"${['DE', 'FR', 'NL', 'ES', 'IT'].includes(country) ? 'EUR' : 'USD'}"`,
);
/** Consent and network prefix by country * 64 + 6 random bits; consent is given by 7 in 8. */
export const NETWORK_PIECES = COUNTRIES.flatMap((country) =>
  Array.from({ length: 64 }, (_, at) => {
    const hash = hashOf(country + String(at));
    return `,"consent":${String(at % 8 !== 0)},"ip":"${String(11 + (hash % 200))}.${String((hash >>> 8) & 255)}.${String((hash >>> 16) & 255)}.0/24","userHash":"`;
  }),
);

/** Four hexadecimal digits by 16 bits. */
export const HEX4 = Array.from({ length: 65_536 }, (_, at) => at.toString(16).padStart(4, '0'));
/** Three decimal digits by 0..999. */
export const DIGITS3 = Array.from({ length: 1_000 }, (_, at) => String(at).padStart(3, '0'));
/** Quantiles of a lognormal distribution with median 1 and sigma 0.6, by 12 random bits. */
export const LOGNORMAL = Float64Array.from({ length: 4_096 }, (_, at) =>
  Math.exp(0.6 * normalQuantile((at + 0.5) / 4_096)),
);

/** Probability that a request is filled, at exchange * DEVICES.length + device: between 0.45 and 0.85, steady for a seed. */
export function fillRatios(seed: number): Float64Array {
  const random = randomOf(seed, 'fill');
  return Float64Array.from(
    { length: EXCHANGES.length * DEVICES.length },
    () => 0.45 + 0.4 * (random() / 0x1_0000_0000),
  );
}

/** 1024 indexes, each as often as its weight says (to within one). */
function weightedTable(weights: readonly number[]): Uint8Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const table = new Uint8Array(1_024);
  let passed = 0;
  weights.forEach((weight, at) => {
    const from = Math.round((passed / total) * 1_024);
    passed += weight;
    table.fill(at, from, Math.round((passed / total) * 1_024));
  });
  return table;
}
