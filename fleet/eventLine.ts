import { DIGITS3 } from './catalogue.ts';
import type { Life } from './life.ts';
import type { Request } from './requestDraw.ts';
import type { Server } from './roster.ts';
import type { EventStream } from './stream.ts';

/** Part of the price that goes to the publisher. */
const PUBLISHER_SHARE = 0.8;

/** One event on its way into a log. */
export interface LoggedEvent {
  readonly ts: number;
  readonly seq: number;
  readonly request: Request;
  /** Of this event: an impression's is longer than its request's. */
  readonly latencyMs: number;
}

/** Whole-number fields of an event, as its line has them; the ledger adds them up. */
export function numbersIn(stream: EventStream, { request, latencyMs }: LoggedEvent): Readonly<Record<string, number>> {
  const { floorMicros, priceMicros, bids, filled } = request;
  if (stream === 'requests') return { floorMicros, priceMicros, bids, filled, latencyMs };
  if (stream === 'impressions')
    return { priceMicros, revenueMicros: Math.round(priceMicros * PUBLISHER_SHARE), latencyMs };
  return { latencyMs };
}

/** The line of an event, its newline included. */
export function eventLine(
  stream: EventStream,
  { name, region }: Server,
  { boot, build }: Life,
  event: LoggedEvent,
): string {
  const { requestId, client, tail } = event.request;
  const click = stream === 'clicks' ? `,"impressionId":"${requestId.slice(8)}${DIGITS3[event.ts % 1_000] ?? ''}"` : '';
  let numbers = '';
  const values = numbersIn(stream, event);
  for (const field in values) numbers += `,"${field}":${String(values[field])}`;
  return `{"ts":${String(event.ts)},"server":"${name}","boot":${String(boot)},"seq":${String(event.seq)},"region":"${region}","build":"${build}","requestId":"${requestId}"${click}${client}${numbers}${tail}`;
}
