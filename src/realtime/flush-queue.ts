/**
 * What waits to be written, bounded in number and bytes, and which streams it belongs to until it is settled.
 *
 * A batch holds at most one fence per stream: the append takes one per counter row, and mixing an old writer's event with a new
 * one's would let the old one in.
 */
import { RealtimeError } from "./errors.ts";
import type { Position } from "./position.ts";
import type { NewRow } from "./wire.ts";

export interface Publication {
  readonly row: NewRow;
  readonly queuedAtMs: number;
  readonly resolve: (position: Position) => void;
  readonly reject: (error: unknown) => void;
}

/** Larger batches only lengthen the commit; throughput is flat from a few hundred rows on. */
const MAX_BATCH_EVENTS = 500;
const MAX_BATCH_CHARS = 256 * 1024;

export class FlushQueue {
  readonly #maxEvents: number;
  readonly #maxChars: number;
  #waiting: Publication[] = [];
  readonly #unsettled = new Map<string, number>();
  #count = 0;
  #chars = 0;

  constructor(maxEvents: number, maxChars: number) {
    this.#maxEvents = maxEvents;
    this.#maxChars = maxChars;
  }

  get size(): number {
    return this.#count;
  }

  /** @throws RealtimeError QUEUE_FULL when the database is slower than the publishers; nothing was queued */
  push(publication: Publication): void {
    const { stream, data } = publication.row;
    if (this.#count >= this.#maxEvents || this.#chars + data.length > this.#maxChars) {
      throw new RealtimeError(
        "QUEUE_FULL",
        `${this.#count} events wait to be stored; "${publication.row.type}" for ${stream} was not queued. Slow down.`,
      );
    }
    this.#waiting.push(publication);
    this.#count++;
    this.#chars += data.length;
    this.#unsettled.set(stream, (this.#unsettled.get(stream) ?? 0) + 1);
  }

  /** The next batch, in order; it counts as unsettled until `done`. */
  take(): Publication[] {
    const batch: Publication[] = [];
    const left: Publication[] = [];
    const fences = new Map<string, number | null>();
    const closed = new Set<string>();
    let chars = 0;
    for (const [index, publication] of this.#waiting.entries()) {
      const { stream, fence, data } = publication.row;
      if (batch.length >= MAX_BATCH_EVENTS || (batch.length > 0 && chars + data.length > MAX_BATCH_CHARS)) {
        left.push(...this.#waiting.slice(index));
        break;
      }
      // Once one event of a stream has to wait, so do all after it.
      if (closed.has(stream) || (fences.has(stream) && fences.get(stream) !== fence)) {
        closed.add(stream);
        left.push(publication);
        continue;
      }
      fences.set(stream, fence);
      chars += data.length;
      batch.push(publication);
    }
    this.#waiting = left;
    return batch;
  }

  putBack(publications: readonly Publication[]): void {
    this.#waiting = [...publications, ...this.#waiting];
  }

  /** Takes all waiting events of these streams out, for another lane. */
  remove(streams: ReadonlySet<string>): Publication[] {
    const removed = this.#waiting.filter(({ row }) => streams.has(row.stream));
    if (removed.length > 0) this.#waiting = this.#waiting.filter(({ row }) => !streams.has(row.stream));
    this.done(removed);
    return removed;
  }

  done(publications: readonly Publication[]): void {
    for (const { row } of publications) {
      this.#count--;
      this.#chars -= row.data.length;
      const left = (this.#unsettled.get(row.stream) ?? 1) - 1;
      if (left === 0) this.#unsettled.delete(row.stream);
      else this.#unsettled.set(row.stream, left);
    }
  }

  holds(stream: string): boolean {
    return this.#unsettled.has(stream);
  }
}
