import type { BusinessFaults, Disturbance, Place } from './business.ts';
import {
  CAMPAIGN_PIECES,
  CLIENT_DEVICE,
  CLIENT_PIECES,
  CLIENT_TABLE,
  COUNTRIES,
  COUNTRY_PRICE_RATIO,
  COUNTRY_TABLE,
  CURRENCY_PIECES,
  DEVICES,
  EXCHANGE_LATENCY_RATIO,
  EXCHANGE_PRICE_RATIO,
  EXCHANGE_TABLE,
  HEX4,
  LOGNORMAL,
  MARKET_PIECES,
  NETWORK_PIECES,
  PAGE_PIECES,
  PLACEMENT_FORMAT,
  PLACEMENT_PIECES,
  PUBLISHER_TABLE,
  SITE_PIECES,
} from './catalogue.ts';
import type { Random } from './rng.ts';

/** Five words of 32 random bits: all that chance decides about one request. */
interface Draw {
  readonly market: number;
  readonly page: number;
  readonly money: number;
  readonly chance: number;
  readonly later: number;
}

/** One ad request and what came of it; its texts are pieces of JSON. */
export interface Request {
  readonly exchange: number;
  readonly requestId: string;
  readonly client: string;
  readonly floorMicros: number;
  /** 0 when it was not filled. */
  readonly priceMicros: number;
  readonly bids: number;
  readonly filled: 0 | 1;
  readonly latencyMs: number;
  readonly tail: string;
  /** Bits left over for what happens to it afterwards. */
  readonly later: number;
}

const MEAN_PRICE_MICROS = 1_200;
const FLOOR_MICROS = 500;
const LATENCY_MS_MIN = 4;
const LATENCY_MS = 18;

const place: Place = { exchange: 0, country: 0, device: 0, publisher: 0, format: 0 };
const wrong: Disturbance = { fillFactor: 1, latencyFactor: 1, priceFactor: 1, frozen: {} };

/** Draws one request. Faults change what comes of it, never how much is drawn: beside them everything stays as it was. */
export function drawRequest(
  random: Random,
  inMinuteMs: number,
  fillRatios: Float64Array,
  faults: BusinessFaults,
): Request {
  const draw: Draw = { market: random(), page: random(), money: random(), chance: random(), later: random() };
  const client = CLIENT_TABLE[draw.market & 1023] ?? 0;
  place.exchange = EXCHANGE_TABLE[(draw.market >>> 10) & 1023] ?? 0;
  place.country = COUNTRY_TABLE[(draw.market >>> 20) & 1023] ?? 0;
  place.device = CLIENT_DEVICE[client] ?? 0;
  place.publisher = PUBLISHER_TABLE[draw.page & 1023] ?? 0;
  const placement = place.publisher * 4 + ((draw.page >>> 10) & 3);
  place.format = PLACEMENT_FORMAT[placement] ?? 0;
  faults.disturb(place, wrong);
  const fillRatio = (fillRatios[place.exchange * DEVICES.length + place.device] ?? 0) * wrong.fillFactor;
  const filled = draw.chance < fillRatio * 0x1_0000_0000 ? 1 : 0;
  return {
    exchange: place.exchange,
    requestId: `${hex4(draw.later >>> 16)}${hex4(draw.chance >>> 16)}${hex4(draw.money >>> 16)}${hex4(inMinuteMs & 0xffff)}`,
    client: `${MARKET_PIECES[place.exchange * COUNTRIES.length + place.country] ?? ''}${CLIENT_PIECES[client] ?? ''}${PLACEMENT_PIECES[placement] ?? ''}${CAMPAIGN_PIECES[(draw.page >>> 12) & 255] ?? ''}${CURRENCY_PIECES[place.country] ?? ''}`,
    ...money(draw, filled),
    bids: (draw.later & 7) + filled,
    filled,
    latencyMs: wrong.frozen.latencyMs ?? latencyMs(draw),
    tail: `${NETWORK_PIECES[place.country * 64 + (draw.money >>> 26)] ?? ''}${hex4(draw.page >>> 16)}${hex4(draw.market >>> 16)}${SITE_PIECES[place.publisher] ?? ''}${PAGE_PIECES[(draw.page >>> 20) & 63] ?? ''}`,
    later: draw.later,
  };
}

function money(draw: Draw, filled: 0 | 1): { readonly floorMicros: number; readonly priceMicros: number } {
  const ratio = (COUNTRY_PRICE_RATIO[place.country] ?? 1) * wrong.priceFactor;
  const floorMicros = Math.round(FLOOR_MICROS * ratio);
  const bid =
    MEAN_PRICE_MICROS * ratio * (EXCHANGE_PRICE_RATIO[place.exchange] ?? 1) * (LOGNORMAL[draw.money & 4095] ?? 1);
  return {
    floorMicros: wrong.frozen.floorMicros ?? floorMicros,
    priceMicros: filled === 0 ? 0 : (wrong.frozen.priceMicros ?? Math.max(floorMicros, Math.round(bid))),
  };
}

function latencyMs(draw: Draw): number {
  const ratio = (EXCHANGE_LATENCY_RATIO[place.exchange] ?? 1) * (LOGNORMAL[(draw.money >>> 12) & 4095] ?? 1);
  return Math.round((LATENCY_MS_MIN + LATENCY_MS * ratio) * wrong.latencyFactor);
}

const hex4 = (bits: number): string => HEX4[bits] ?? '';
