import { BusinessFaults } from './business.ts';
import { EXCHANGES, fillRatios } from './catalogue.ts';
import { eventLine, type LoggedEvent, numbersIn } from './eventLine.ts';
import type { PlannedFault } from './faultPlan.ts';
import type { Life } from './life.ts';
import { addLine, clearLog, type MinuteLog, minuteLog } from './minuteLog.ts';
import type { FleetOptions } from './options.ts';
import { drawRequest, type Request } from './requestDraw.ts';
import { type Random, randomOf } from './rng.ts';
import type { Server } from './roster.ts';
import { EVENT_STREAMS, type EventStream, MINUTE_MS } from './stream.ts';
import { checksumOf, emptyTally, type Tally } from './tally.ts';
import { requestsInMinute } from './trafficVolume.ts';

/** Of 1024 filled requests so many become an impression; of 1024 impressions so many are clicked. */
const IMPRESSIONS_IN_1024 = 942;
const CLICKS_IN_1024 = 12;

/** All that one server does in one minute. Used again minute after minute. */
export interface ServerMinute {
  readonly logs: Readonly<Record<EventStream, MinuteLog>>;
  /** What the logs hold. */
  readonly tallies: Record<EventStream, Tally>;
  /** By index of the exchange. */
  readonly requestsByExchange: Uint32Array;
}

/** Events of one server, minute by minute. The same seed, server and minute give the same draws, whatever faults there are. */
export class ServerTraffic {
  readonly #options: FleetOptions;
  readonly #server: Server;
  readonly #fillRatios: Float64Array;
  readonly #minute: ServerMinute = {
    logs: { requests: minuteLog(), impressions: minuteLog(), clicks: minuteLog() },
    tallies: tallies(),
    requestsByExchange: new Uint32Array(EXCHANGES.length),
  };
  /** Events so far in this boot, by stream. */
  readonly #seq: Record<EventStream, number> = { requests: 0, impressions: 0, clicks: 0 };
  #life: Life = { boot: -1, build: '', isDead: true };

  constructor(options: FleetOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.#fillRatios = fillRatios(options.seed);
  }

  /** Minutes must be asked for in order: sequence numbers count up. The answer is valid until the next call. */
  minute(minuteMs: number, life: Life, faults: readonly PlannedFault[]): ServerMinute {
    this.#begin(life);
    const business = new BusinessFaults(faults, this.#server, life.build);
    const random = randomOf(this.#options.seed, 'events', this.#server.name, minuteMs);
    const clicks: { readonly inMinuteMs: number; readonly request: Request; readonly latencyMs: number }[] = [];
    for (const inMinuteMs of sortedTimes(requestsInMinute(this.#options, this.#server, minuteMs), random)) {
      const request = drawRequest(random, inMinuteMs, this.#fillRatios, business);
      const { exchange, filled, later, latencyMs } = request;
      this.#minute.requestsByExchange[exchange] = (this.#minute.requestsByExchange[exchange] ?? 0) + 1;
      this.#write('requests', minuteMs, { inMinuteMs, request, latencyMs });
      const clicked = random();
      if (filled === 0 || ((later >>> 3) & 1023) >= IMPRESSIONS_IN_1024) continue;
      const shownMs = within(inMinuteMs + 40 + ((later >>> 13) & 1023));
      const impression = { inMinuteMs: shownMs, request, latencyMs: latencyMs + (later >>> 26) };
      this.#write('impressions', minuteMs, impression);
      if ((clicked & 1023) < CLICKS_IN_1024)
        clicks.push({ ...impression, inMinuteMs: within(shownMs + 400 + ((clicked >>> 10) & 16_383)) });
    }
    for (const click of clicks.sort((a, b) => a.inMinuteMs - b.inMinuteMs)) this.#write('clicks', minuteMs, click);
    return this.#minute;
  }

  #begin(life: Life): void {
    for (const stream of EVENT_STREAMS) clearLog(this.#minute.logs[stream]);
    Object.assign(this.#minute.tallies, tallies());
    this.#minute.requestsByExchange.fill(0);
    if (life.boot !== this.#life.boot) Object.assign(this.#seq, { requests: 0, impressions: 0, clicks: 0 });
    this.#life = life;
  }

  #write(
    stream: EventStream,
    minuteMs: number,
    { inMinuteMs, request, latencyMs }: { inMinuteMs: number; request: Request; latencyMs: number },
  ): void {
    const event: LoggedEvent = { ts: minuteMs + inMinuteMs, seq: ++this.#seq[stream], request, latencyMs };
    const tally = this.#minute.tallies[stream];
    const numbers = numbersIn(stream, event);
    for (const field in numbers) tally.sums[field] = (tally.sums[field] ?? 0) + (numbers[field] ?? 0);
    tally.events++;
    tally.checksum = (tally.checksum + checksumOf(event.seq, event.ts)) >>> 0;
    addLine(this.#minute.logs[stream], eventLine(stream, this.#server, this.#life, event), inMinuteMs);
  }
}

/** What follows a request stays in its minute, so that packets agree with events minute by minute. */
const within = (inMinuteMs: number): number => Math.min(inMinuteMs, MINUTE_MS - 1);

function sortedTimes(count: number, random: Random): Uint32Array {
  const times = new Uint32Array(count);
  for (let at = 0; at < count; at++) times[at] = random() % MINUTE_MS;
  return times.sort();
}

const tallies = (): Record<EventStream, Tally> => ({
  requests: emptyTally('requests'),
  impressions: emptyTally('impressions'),
  clicks: emptyTally('clicks'),
});
