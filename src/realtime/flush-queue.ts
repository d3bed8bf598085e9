/**
 * What waits to be written, bounded in number and size. What was taken counts until it is done.
 *
 * A batch holds at most one fence per stream: the append takes one per stream row, and mixing an old writer's event with a new
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
    this.#account([publication], 1);
  }

  /** The next batch, in order; `alone`: of one stream. */
  take(alone: boolean, most = MAX_BATCH_EVENTS): Publication[] {
    const fences = new Map<string, number | null>();
    let [count, chars] = [0, 0];
    for (const { row } of this.#waiting) {
      chars += row.data.length;
      if (count === most || (count > 0 && chars > MAX_BATCH_CHARS)) break;
      if (fences.has(row.stream) ? fences.get(row.stream) !== row.fence : alone && count > 0) break;
      fences.set(row.stream, row.fence);
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** What was taken comes again, before everything else, once it is done. */
  putFirst(publications: readonly Publication[]): void {
    this.#waiting = [...publications, ...this.#waiting];
    this.#account(publications, 1);
  }

  /** Takes all of these that wait out for good. */
  remove(which: (publication: Publication) => boolean): Publication[] {
    const removed = this.#waiting.filter(which);
    this.#waiting = this.#waiting.filter((publication) => !which(publication));
    this.done(removed);
    return removed;
  }

  done(publications: readonly Publication[]): void {
    this.#account(publications, -1);
  }

  #account(publications: readonly Publication[], by: 1 | -1): void {
    this.#count += by * publications.length;
    for (const { row } of publications) this.#chars += by * row.data.length;
  }
}
