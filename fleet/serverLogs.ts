import { concerns, faultsAt, hasFault, type PlannedFault } from './faultPlan.ts';
import type { Ledger } from './ledger.ts';
import { type Life, lifeAt } from './life.ts';
import { arrivedLog, tallyLog, writtenLog } from './lineFaults.ts';
import { LogWriter } from './logWriter.ts';
import { addLine, clearLog, type MinuteLog, minuteLog } from './minuteLog.ts';
import type { FleetOptions } from './options.ts';
import { packetLine } from './packetLine.ts';
import type { Server } from './roster.ts';
import { type ServerMinute, ServerTraffic } from './serverMinute.ts';
import { EVENT_STREAMS, MINUTE_MS, type Stream } from './stream.ts';
import { addTally, emptyTally, type Tally } from './tally.ts';

/** What a server's logs are made of. */
export interface ServerLogsParts {
  readonly dir: string;
  readonly options: FleetOptions;
  readonly server: Server;
  readonly plan: readonly PlannedFault[];
  readonly ledger: Ledger;
}

/** One server with its logs: makes a minute, releases its lines as time goes, closes chunks. */
export class ServerLogs {
  readonly #parts: ServerLogsParts;
  readonly #traffic: ServerTraffic;
  readonly #writers: ReadonlyMap<Stream, LogWriter>;
  readonly #packets = minuteLog();
  /** Of the chunk that is being written, by stream. */
  readonly #chunk = new Map<Stream, ChunkTruth>();
  readonly #minute = new Map<Stream, { readonly log: MinuteLog; released: number }>();
  #life: Life = { isDead: true, boot: -1, build: '' };
  #packetSeq = 0;

  constructor(parts: ServerLogsParts) {
    this.#parts = parts;
    const { dir, options, server } = parts;
    this.#traffic = new ServerTraffic(options, server);
    this.#writers = new Map(
      options.streams.map((stream) => [
        stream,
        new LogWriter({ dir, stream, server: server.name, compress: options.compress }),
      ]),
    );
  }

  /** Makes the minute that starts at `minuteMs`; nothing is written yet. */
  make(minuteMs: number): void {
    const { options, server, plan } = this.#parts;
    const life = lifeAt(plan, server, options.startMs, minuteMs);
    const faults = faultsAt(plan, server.name, minuteMs);
    if (life.boot !== this.#life.boot) this.#packetSeq = 0;
    if (life.isDead || life.boot !== this.#life.boot) this.#endChunks(!life.isDead);
    this.#life = life;
    this.#minute.clear();
    if (life.isDead) return;
    const made = this.#traffic.minute(minuteMs, life, faults);
    clearLog(this.#packets);
    const seq = ++this.#packetSeq;
    const packet = packetLine({ seed: options.seed, server, life, seq, minuteMs, made });
    addLine(this.#packets, packet, MINUTE_MS);
    for (const stream of EVENT_STREAMS) this.#take(stream, made.logs[stream], { made, minuteMs, faults });
    this.#take('packets', this.#packets, { made, minuteMs, faults });
  }

  /** Hands out the lines that are written before `inMinuteMs`. Streams that stand still hand theirs out later. */
  release(inMinuteMs: number, nowMs: number): void {
    this.#release(inMinuteMs);
    this.flush(nowMs);
  }

  #release(inMinuteMs: number): void {
    for (const [stream, minute] of this.#minute) {
      const writer = this.#writers.get(stream);
      const { log } = minute;
      const from = minute.released;
      while (minute.released < log.lines && (log.writtenMs[minute.released] ?? 0) <= inMinuteMs) minute.released++;
      if (minute.released > from)
        writer?.append(log.bytes.subarray(from === 0 ? 0 : log.lineEnds[from - 1], log.lineEnds[minute.released - 1]));
    }
  }

  /** Ends the minute: whatever is left of it is handed out, and a chunk that is full is closed. */
  endMinute(minuteMs: number, nowMs: number): void {
    this.release(MINUTE_MS, nowMs);
    if ((minuteMs + MINUTE_MS) % this.#parts.options.chunkMs === 0) this.#endChunks(true);
    this.flush(nowMs);
  }

  /** Ends the minute when it is long past: stalls are over, and the disk is asked only when more than `waitingBytesMax` wait. */
  fillMinute(minuteMs: number, waitingBytesMax: number): void {
    this.#release(MINUTE_MS);
    if ((minuteMs + MINUTE_MS) % this.#parts.options.chunkMs === 0) this.#endChunks(true);
    for (const writer of this.#writers.values()) if (writer.waitingBytes > waitingBytesMax) writer.flush();
  }

  /** Writes what waits, except where shipping stands still at `nowMs`. */
  flush(nowMs: number): void {
    const faults = faultsAt(this.#parts.plan, this.#parts.server.name, nowMs);
    for (const [stream, writer] of this.#writers)
      if (!faults.some((fault) => fault.kind === 'stall' && concerns(fault, stream))) writer.flush();
  }

  /** Closes what is open. The last chunk is closed by a manifest when the fleet has come to its end. */
  stop(atEnd: boolean): void {
    if (atEnd) this.#endChunks(!this.#life.isDead);
    for (const writer of this.#writers.values()) writer.stop();
  }

  #take(
    stream: Stream,
    log: MinuteLog,
    { made, minuteMs, faults }: { made: ServerMinute; minuteMs: number; faults: readonly PlannedFault[] },
  ): void {
    const writer = this.#writers.get(stream);
    if (writer === undefined) return;
    const { options, server, ledger } = this.#parts;
    const at = { seed: options.seed, server: server.name, stream, minuteMs };
    const chunk = this.#chunkOf(stream, writer, minuteMs, faults);
    const written = writtenLog(log, faults, at);
    const arrived = arrivedLog(written, faults, at);
    const plain = arrived === log && stream !== 'packets';
    const truth = plain
      ? { windows: new Map([[minuteMs, made.tallies[stream]]]), undecodable: 0 }
      : tallyLog(arrived, stream);
    const whole = written === arrived ? truth : tallyLog(written, stream);
    if (!chunk.isLost)
      for (const [startMs, tally] of truth.windows) {
        const sum = chunk.windows.get(startMs) ?? emptyTally(stream);
        for (let copy = 0; copy < (chunk.isDoubled ? 2 : 1); copy++) addTally(sum, tally);
        chunk.windows.set(startMs, sum);
      }
    chunk.undecodable += truth.undecodable;
    const starts = [...whole.windows.keys()];
    writer.promise({
      bytes: written.bytes.subarray(0, written.length),
      events: written.lines,
      firstMs: Math.min(...starts),
      lastMs: Math.max(...starts) + MINUTE_MS - 1,
    });
    ledger.add({ kind: 'made', stream, server: server.name, startMs: minuteMs, events: log.lines });
    this.#minute.set(stream, { log: arrived, released: 0 });
  }

  #chunkOf(stream: Stream, writer: LogWriter, minuteMs: number, faults: readonly PlannedFault[]): ChunkTruth {
    const known = this.#chunk.get(stream);
    if (known !== undefined && writer.isOpen) return known;
    const chunk: ChunkTruth = {
      name: nameOf(minuteMs),
      isLost: hasFault(faults, 'lost-chunk', stream),
      isDoubled: hasFault(faults, 'duplicate-chunk', stream),
      windows: new Map(),
      undecodable: 0,
    };
    this.#chunk.set(stream, chunk);
    writer.begin({ ...chunk, boot: this.#life.boot, build: this.#life.build });
    return chunk;
  }

  #endChunks(manifest: boolean): void {
    const { ledger, server } = this.#parts;
    for (const [stream, writer] of this.#writers) {
      const chunk = this.#chunk.get(stream);
      if (!writer.isOpen || chunk === undefined) continue;
      const names = writer.end(manifest);
      for (const [startMs, tally] of chunk.windows)
        ledger.add({ kind: 'window', stream, server: server.name, startMs, ...tally });
      const events = [...chunk.windows.values()].reduce((sum, tally) => sum + tally.events, 0);
      for (const name of names)
        ledger.add({
          kind: 'file',
          stream,
          server: server.name,
          name,
          events: events / names.length,
          undecodable: chunk.undecodable,
        });
      this.#chunk.delete(stream);
    }
  }
}

interface ChunkTruth {
  readonly name: string;
  readonly isLost: boolean;
  readonly isDoubled: boolean;
  readonly windows: Map<number, Tally>;
  undecodable: number;
}

/** A log is named by its first minute: `20260101T0015Z`. */
const nameOf = (minuteMs: number): string =>
  `${new Date(minuteMs).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')}Z`;
