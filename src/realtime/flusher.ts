/**
 * Group commit: one batch in flight, and whatever arrives meanwhile is the next. No timer: a lone event goes at once, a flood
 * makes large batches by itself.
 *
 * Invariant (LOG6): a batch number is used once. The publisher's row is bumped in the statement that writes the batch, so after a
 * lost reply that row tells where the batch went. If nowhere, the number is closed, and what was in the batch is in the queue again
 * as if it had never been taken. Sending it again under the same number was tried first: it needs to know, at every later turn,
 * whether it is still in doubt.
 *
 * A stream whose row is held by somebody's long transaction must not stall the others (LOG2): it moves to the side lane, another
 * Flusher with a queue, a publisher and a loop of its own. There each stream goes alone and waits for its row in its turn, so
 * it neither starves behind others nor holds them up, and what waits of it comes back as soon as one batch of it was written.
 * A stream is in one lane at a time and moves as a whole, which keeps its order. Two simpler ways do not work: a single lane stalls
 * everybody each time it tries a held stream, and one that only looks whether it is free never finds a hot stream so.
 */
import { setTimeout as delay } from "node:timers/promises";
import { APPEND_BATCH_SQL, type Appended, CLOSE_BATCH_SQL, FREE_SQL, parsePlaces, toInput } from "./append.ts";
import type { Core } from "./core.ts";
import { databaseCode, isTransient, LOCK_NOT_AVAILABLE, RealtimeError, type RealtimeErrorCode } from "./errors.ts";
import { FlushQueue, MAX_BATCH_EVENTS, type Publication } from "./flush-queue.ts";
import { backoffMs, Loop } from "./timing.ts";
import type { NewRow } from "./wire.ts";

/** Called after each commit with what it wrote, before the publishers' promises resolve. */
export type OnCommitted = (appended: readonly Appended[], rows: readonly NewRow[]) => void;

/** However many streams are held, each is waited for at least so long in its turn. */
const MIN_LOCK_WAIT_MS = 25;

export class Flusher {
  readonly #core: Core;
  readonly #onCommitted: OnCommitted;
  readonly #queue: FlushQueue;
  readonly #main: Flusher;
  readonly #side: Flusher;
  readonly #publisherId = crypto.randomUUID();
  readonly #loop = new Loop(() => this.#flush());
  /** The streams that are in this lane, if it is the side lane. */
  readonly #held = new Set<string>();
  #batch = 0;
  /** How many events go together: half as many each time that the database refuses a batch, until a bad one fails alone. */
  #most = MAX_BATCH_EVENTS;
  #givenUp = false;

  /** @param main given: this is its side lane */
  constructor(core: Core, onCommitted: OnCommitted, main: Flusher | null = null) {
    this.#core = core;
    this.#onCommitted = onCommitted;
    this.#queue = new FlushQueue(core.limits);
    this.#main = main ?? this;
    this.#side = main ? this : new Flusher(core, onCommitted, this);
  }

  /** @throws RealtimeError QUEUE_FULL */
  publish(publication: Publication): void {
    const lane = this.#side.#held.has(publication.row.stream) ? this.#side : this.#main;
    lane.#queue.push(publication);
    lane.#loop.start();
  }

  /** Resolves when everything that was published is written or refused. */
  async settled(): Promise<void> {
    while (this.#loop.busy || this.#side.#loop.busy) await Promise.all([this.#loop.idle(), this.#side.#loop.idle()]);
  }

  /** From now on nothing is tried again: what fails, or waits behind it, is refused with TIMEOUT. */
  giveUp(): void {
    this.#givenUp = this.#side.#givenUp = true;
  }

  async #flush(): Promise<void> {
    const take = () => this.#queue.take(this === this.#side, this.#most);
    for (let batch = take(); batch.length > 0; batch = take()) {
      const { places, error } = await this.#append(batch);
      this.#queue.done(batch);
      if (!places) await this.#putBack(batch, error);
      else {
        this.#settle(batch, places);
        this.#most = Math.min(2 * this.#most, MAX_BATCH_EVENTS);
        if (this === this.#side) this.#move(streamsOf(batch), this.#main);
      }
    }
    this.#held.clear();
  }

  /** Where the batch went; null: nowhere, and it never will. No error then: the publisher had no row, and has one now. */
  async #append(batch: readonly Publication[]): Promise<{ places: Appended[] | null; error: unknown }> {
    const { pool, limits } = this.#core;
    const number = ++this.#batch;
    const lockWaitMs = Math.max(MIN_LOCK_WAIT_MS, Math.round(limits.lockTimeoutMs / (this.#held.size || 1)));
    let error: unknown = null;
    try {
      const parameters = [toInput(batch.map(({ row }) => row)), this.#publisherId, number, String(lockWaitMs)];
      const [answer] = await pool.query<{ open: boolean | null; places: string | null }>(APPEND_BATCH_SQL, parameters);
      if (answer?.open) return { places: parsePlaces(answer.places), error };
    } catch (caught) {
      error = caught;
    }
    for (let attempt = 0; ; attempt++) {
      try {
        const [row] = await pool.query<{ places: string | null }>(CLOSE_BATCH_SQL, [this.#publisherId, number]);
        return { places: row?.places ? parsePlaces(row.places) : null, error };
      } catch (closing) {
        // Those whose time is not over may still learn where it went.
        if (this.#refuseLate(batch, closing).length === 0) return { places: null, error: closing };
        await delay(backoffMs(attempt, 10, 1_000));
      }
    }
  }

  /** Nothing of the batch was written. */
  async #putBack(batch: readonly Publication[], error: unknown): Promise<void> {
    const isRefused = error !== null && !isTransient(error);
    if (isRefused && batch.length === 1) return refuse(batch, "REFUSED", "was not stored: the database refused it.", error);
    const again = this.#refuseLate(batch, error);
    this.#queue.putFirst(again);
    if (isRefused) this.#most = Math.ceil(batch.length / 2);
    else if (databaseCode(error) === LOCK_NOT_AVAILABLE) this.#move(await this.#findHeld(batch), this.#side);
    else if (error !== null && again.length > 0) await delay(backoffMs(0, 100, 100));
  }

  /** Which of its streams are not known to be free: somebody holds them, or is just making them. */
  async #findHeld(batch: readonly Publication[]): Promise<Set<string>> {
    const streams = streamsOf(batch);
    const free = await this.#core.pool.query<{ stream: string }>(FREE_SQL, [JSON.stringify([...streams])]).catch(() => []);
    for (const { stream } of free) streams.delete(stream);
    return streams;
  }

  /** All that waits for these streams goes behind the others of that lane, or is refused if there is no room. */
  #move(streams: ReadonlySet<string>, lane: Flusher): void {
    for (const stream of streams) {
      if (lane === this.#side) lane.#held.add(stream);
      else this.#side.#held.delete(stream);
    }
    for (const publication of this.#queue.remove(({ row }) => streams.has(row.stream))) {
      try {
        this.publish(publication);
      } catch (error) {
        publication.reject(error); // QUEUE_FULL: a stream that stays held may not hoard without bound
      }
    }
  }

  #settle(batch: readonly Publication[], appended: readonly Appended[]): void {
    this.#core.count.batches++;
    const next = new Map(appended.map((place) => [place.stream, { epoch: place.epoch, seq: place.first }]));
    const written = batch.filter(({ row }) => next.has(row.stream)).map(({ row }) => row);
    if (written.length > 0) this.#onCommitted(appended, written);
    for (const { row, resolve, reject } of batch) {
      const place = next.get(row.stream);
      if (place) resolve({ epoch: place.epoch, seq: place.seq++ });
      else reject(fenced(row));
    }
  }

  /** Also what waits behind the batch: its own turn may be many deadlines away. @returns those of the batch that may wait longer */
  #refuseLate(batch: readonly Publication[], cause: unknown): Publication[] {
    const since = performance.now() - this.#core.limits.publishTimeoutMs;
    const isLate = ({ queuedAtMs }: Publication) => this.#givenUp || queuedAtMs < since;
    const late = [...batch.filter(isLate), ...this.#queue.remove(isLate)];
    refuse(late, "TIMEOUT", "could not be confirmed in time; read the stream before publishing it again.", cause);
    return batch.filter((publication) => !isLate(publication));
  }
}

function streamsOf(batch: readonly Publication[]): Set<string> {
  return new Set(batch.map(({ row }) => row.stream));
}

function refuse(batch: readonly Publication[], code: RealtimeErrorCode, why: string, cause: unknown): void {
  for (const { row, reject } of batch) reject(new RealtimeError(code, `"${row.type}" for ${row.stream} ${why}`, { cause }));
}

export function fenced({ stream, fence }: NewRow): RealtimeError {
  return new RealtimeError("FENCED", `${stream} has a newer writer than ${fence}; this one must stop, nothing was written.`);
}
