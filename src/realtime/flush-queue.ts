/**
 * What waits to be written, bounded in number and size, and which streams it belongs to until it is settled.
 *
 * A batch holds at most one fence per stream: the append takes one per counter row, and mixing an old writer's event with a new
 * one's would let the old one in.
 */
import type { RealtimeLimits } from "./core.ts";
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
export const MAX_BATCH_EVENTS = 500;
const MAX_BATCH_CHARS = 256 * 1024;

export class FlushQueue {
  readonly #limits: RealtimeLimits;
  #waiting: Publication[] = [];
  /** Events per stream that are waiting or in a batch. */
  readonly #unsettled = new Map<string, number>();
  #count = 0;
  #chars = 0;

  constructor(limits: RealtimeLimits) {
    this.#limits = limits;
  }

  /** @throws RealtimeError QUEUE_FULL when the database is slower than the publishers; nothing was queued */
  push(publication: Publication): void {
    const { stream, type, data } = publication.row;
    if (this.#count >= this.#limits.maxQueuedEvents || this.#chars + data.length > this.#limits.maxQueuedChars) {
      throw new RealtimeError("QUEUE_FULL", `${this.#count} events wait to be stored; "${type}" for ${stream} was not queued. Slow down.`);
    }
    this.#waiting.push(publication);
    this.#account(publication, 1);
  }

  /** The next batch, in order; it counts as unsettled until `done`. */
  take(most = MAX_BATCH_EVENTS): Publication[] {
    const fences = new Map<string, number | null>();
    let [count, chars] = [0, 0];
    for (const { row } of this.#waiting) {
      chars += row.data.length;
      if (count === most || (count > 0 && chars > MAX_BATCH_CHARS)) break;
      if (fences.has(row.stream) && fences.get(row.stream) !== row.fence) break;
      fences.set(row.stream, row.fence);
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  putFirst(batch: readonly Publication[]): void {
    this.#waiting = [...batch, ...this.#waiting];
  }

  /** Behind the other streams, with what came later for the same ones: their order stays. */
  putLast(batch: readonly Publication[]): void {
    const streams = new Set(batch.map(({ row }) => row.stream));
    const [later = [], others = []] = [true, false].map((same) => this.#waiting.filter(({ row }) => streams.has(row.stream) === same));
    this.#waiting = [...others, ...batch, ...later];
  }

  /** Takes all waiting events of these streams out, for another lane. */
  remove(streams: ReadonlySet<string>): Publication[] {
    const removed = this.#waiting.filter(({ row }) => streams.has(row.stream));
    if (removed.length > 0) this.#waiting = this.#waiting.filter(({ row }) => !streams.has(row.stream));
    this.done(removed);
    return removed;
  }

  done(publications: readonly Publication[]): void {
    for (const publication of publications) this.#account(publication, -1);
  }

  holds(stream: string): boolean {
    return this.#unsettled.has(stream);
  }

  #account({ row }: Publication, by: 1 | -1): void {
    this.#count += by;
    this.#chars += by * row.data.length;
    const left = (this.#unsettled.get(row.stream) ?? 0) + by;
    if (left === 0) this.#unsettled.delete(row.stream);
    else this.#unsettled.set(row.stream, left);
  }
}
