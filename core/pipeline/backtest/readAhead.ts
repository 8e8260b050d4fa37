import type { HistoryStore } from '../../store/historyStore.ts';
import type { Span } from '../../store/span.ts';
import type { Announcements, ShortFile } from '../../windows/arrivalsOf.ts';
import type { CellRow } from '../../windows/mergeWindow.ts';

/** What is read of one stream. */
export interface ReadStream {
  readonly stream: string;
  readonly windowMs: number;
  /** The stream whose packets announce this one's events, if there is one. */
  readonly packets: string | undefined;
  readonly span: Span;
}

/** A piece of history. */
export interface Piece {
  readonly cells: ReadonlyMap<number, CellRow[]>;
  readonly announcements: ReadonlyMap<number, Announcements>;
  readonly shortFiles: readonly ShortFile[];
}

/** Windows read at once. */
const PIECE_WINDOWS = 30;

const NOTHING_ANNOUNCED: ReadonlyMap<number, Announcements> = new Map();

/** Reads a stream's windows piece by piece, each once however many judge it, and the next one while the last is being judged. */
export class ReadAhead {
  readonly #store: HistoryStore;
  readonly #read: ReadStream;
  readonly #pieces = new Map<number, Promise<Piece>>();

  constructor(store: HistoryStore, read: ReadStream) {
    this.#store = store;
    this.#read = read;
  }

  /** The pieces that windows of the span are in: more than the span itself, and all of it. Spans come in order of time. */
  async of({ fromMs, toMs }: Span): Promise<readonly Piece[]> {
    const pieceMs = PIECE_WINDOWS * this.#read.windowMs;
    const firstMs = Math.floor(fromMs / pieceMs) * pieceMs;
    for (const startMs of this.#pieces.keys()) if (startMs < firstMs) this.#pieces.delete(startMs);
    const wanted: Promise<Piece>[] = [];
    let startMs = firstMs;
    for (; startMs < toMs; startMs += pieceMs) wanted.push(this.#piece(startMs, pieceMs));
    // What goes wrong with it is told when it is asked for.
    if (startMs < this.#read.span.toMs) this.#piece(startMs, pieceMs).catch(() => undefined);
    return Promise.all(wanted);
  }

  #piece(startMs: number, pieceMs: number): Promise<Piece> {
    let piece = this.#pieces.get(startMs);
    if (piece === undefined) this.#pieces.set(startMs, (piece = this.#readPiece(startMs, pieceMs)));
    return piece;
  }

  async #readPiece(startMs: number, pieceMs: number): Promise<Piece> {
    const { stream, packets, span } = this.#read;
    const part = { fromMs: Math.max(startMs, span.fromMs), toMs: Math.min(startMs + pieceMs, span.toMs) };
    const [cells, announcements, shortFiles] = await Promise.all([
      this.#store.windows(stream, part),
      packets === undefined ? NOTHING_ANNOUNCED : this.#store.announcements(packets, stream, part),
      this.#store.shortFiles(stream, part),
    ]);
    return { cells, announcements, shortFiles };
  }
}
