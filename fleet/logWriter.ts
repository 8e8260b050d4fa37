import { mkdirSync, openSync, closeSync, existsSync, fstatSync, writeFileSync, writeSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { crc32c, crc32cText } from './crc32c.ts';
import type { Stream } from './stream.ts';

/** Where one server's logs of one stream go, and how. */
export interface LogPlace {
  readonly dir: string;
  readonly stream: Stream;
  readonly server: string;
  readonly compress: 'none' | 'gzip' | 'zstd';
}

/** What the server itself knows of a log when it begins it. */
export interface LogStart {
  readonly name: string;
  readonly boot: number;
  readonly build: string;
  /** It is written, but never reaches the disk. */
  readonly isLost: boolean;
  /** It is shipped twice, under two names. */
  readonly isDoubled: boolean;
}

/** What the server wrote in a minute, which its manifest will promise. */
export interface Promised {
  readonly bytes: Uint8Array;
  readonly events: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

const ENDINGS = { none: '.ndjson', gzip: '.ndjson.gz', zstd: '.ndjson.zst' } as const;

/**
 * Writes the logs of one server and stream, one after another, each closed by a manifest. What is on the disk already is not written again,
 * so a fleet that was stopped at any moment goes on by being run from its start.
 */
export class LogWriter {
  readonly #place: LogPlace;
  readonly #folder: string;
  #log: OpenLog | undefined;
  #closedLogs = 0;
  /** Waiting to be written, in order. */
  #waiting: { readonly path: string; readonly bytes: Uint8Array | undefined; readonly whole: boolean }[] = [];
  #open: { readonly path: string; readonly fd: number; position: number; readonly size: number } | undefined;

  constructor(place: LogPlace) {
    this.#place = place;
    this.#folder = join(place.dir, place.stream, place.server);
  }

  get isOpen(): boolean {
    return this.#log !== undefined;
  }

  begin(start: LogStart): void {
    this.#log = { ...start, crc: 0, bytes: 0, events: 0, firstMs: 0, lastMs: 0, kept: [] };
  }

  /** Notes what the server means to have written. */
  promise({ bytes, events, firstMs, lastMs }: Promised): void {
    const log = this.#log;
    if (log === undefined || events === 0) return;
    log.crc = crc32c(bytes, log.crc);
    log.bytes += bytes.length;
    log.firstMs = log.events === 0 ? firstMs : Math.min(log.firstMs, firstMs);
    log.lastMs = Math.max(log.lastMs, lastMs);
    log.events += events;
  }

  /** Appends bytes; they are on the disk after `flush`. */
  append(bytes: Uint8Array): void {
    const log = this.#log;
    if (log === undefined || log.isLost || bytes.length === 0) return;
    const copy = Buffer.from(bytes);
    if (log.isDoubled || this.#place.compress !== 'none') log.kept.push(copy);
    if (this.#place.compress === 'none') this.#wait(`${log.name}.ndjson`, copy, false);
  }

  /** Closes the log; with `manifest` false it stays as it is, as after a death. Answers the names of the files it left. */
  end(manifest: boolean): string[] {
    const log = this.#log;
    this.#log = undefined;
    if (log === undefined || log.isLost) return [];
    this.#closedLogs++;
    const names = log.isDoubled ? [log.name, `${log.name}-again`] : [log.name];
    const { compress } = this.#place;
    for (const [at, name] of names.entries()) {
      if (compress !== 'none') this.#wait(name + ENDINGS[compress], packed(compress, Buffer.concat(log.kept)), true);
      else if (at > 0) this.#wait(`${name}.ndjson`, Buffer.concat(log.kept), true);
      if (manifest) this.#wait(`${name}.manifest.json`, this.#manifest(log, name), true);
    }
    return names;
  }

  /** Puts everything on the disk. */
  flush(): void {
    for (const { path, bytes, whole } of this.#waiting) if (bytes !== undefined) this.#write(path, bytes, whole);
    this.#waiting = [];
  }

  /** Bytes not yet on the disk. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
  }

  stop(): void {
    this.flush();
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  #wait(name: string, bytes: Uint8Array, whole: boolean): void {
    this.#waiting.push({ path: join(this.#folder, name), bytes, whole });
  }

  #manifest(log: OpenLog, name: string): Uint8Array {
    const { server, stream, compress } = this.#place;
    const manifest = {
      server,
      stream,
      file: name + ENDINGS[compress],
      boot: log.boot,
      seq: this.#closedLogs,
      build: log.build,
      firstEventMs: log.firstMs,
      lastEventMs: log.lastMs,
      events: log.events,
      bytes: log.bytes,
      crc32c: crc32cText(log.crc),
    };
    return Buffer.from(`${JSON.stringify(manifest)}\n`);
  }

  #write(path: string, bytes: Uint8Array, whole: boolean): void {
    if (whole) {
      if (existsSync(path)) return;
      mkdirSync(this.#folder, { recursive: true });
      // A reader never sees half of it.
      writeFileSync(`${path}.part`, bytes);
      renameSync(`${path}.part`, path);
      return;
    }
    if (this.#open?.path !== path) this.#reopen(path);
    const open = this.#open;
    if (open === undefined) return;
    const written = Math.min(bytes.length, Math.max(0, open.size - open.position));
    if (written < bytes.length) writeSync(open.fd, bytes, written);
    open.position += bytes.length;
  }

  #reopen(path: string): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    mkdirSync(this.#folder, { recursive: true });
    const fd = openSync(path, 'a');
    this.#open = { path, fd, position: 0, size: fstatSync(fd).size };
  }
}

interface OpenLog extends LogStart {
  crc: number;
  bytes: number;
  events: number;
  firstMs: number;
  lastMs: number;
  /** Its bytes so far, where they are needed once more at its end. */
  readonly kept: Buffer[];
}

const packed = (compress: 'gzip' | 'zstd', bytes: Uint8Array): Uint8Array =>
  compress === 'gzip' ? gzipSync(bytes, { level: 6 }) : zstdCompressSync(bytes);
