/**
 * Group commit: one batch in flight, and whatever arrives meanwhile is the next. No timer: a lone event goes at once, a flood
 * makes large batches by itself.
 *
 * Invariant (LOG6): a batch number is used once. The publisher's row is bumped in the statement that writes the batch, so after a
 * lost reply that row tells where the batch went; if nowhere, the number is closed, and the batch goes again under the next one.
 * Sending it again under the same number was tried first: it needs to know, at every later turn, whether it is still in doubt.
 *
 * A stream whose counter is locked by somebody's long transaction must not stall the others: on `lock_timeout` the locked
 * streams move to a side lane (another Flusher with a publisher row of its own) until they are free, order kept.
 */
import { setTimeout as delay } from "node:timers/promises";
import { APPEND_BATCH_SQL, type Appended, CLOSE_BATCH_SQL, parsePlaces, toInput } from "./append.ts";
import type { Core } from "./core.ts";
import { databaseCode, hadNoEffect, isTransient, LOCK_NOT_AVAILABLE, RealtimeError } from "./errors.ts";
import { FlushQueue, MAX_BATCH_EVENTS, type Publication } from "./flush-queue.ts";
import { backoffMs, Loop } from "./timing.ts";
import type { NewRow } from "./wire.ts";

/** Called after each commit with what it wrote, before the publishers' promises resolve. */
export type OnCommitted = (appended: readonly Appended[], rows: readonly NewRow[]) => void;

export class Flusher {
  readonly #core: Core;
  readonly #onCommitted: OnCommitted;
  readonly #queue: FlushQueue;
  /** Null: this is the side lane. */
  readonly #side: Flusher | null;
  readonly #publisherId = crypto.randomUUID();
  readonly #loop = new Loop(() => this.#flush());
  #batch = 0;
  /** So many more events go alone. */
  #singly = 0;
  #givenUp = false;

  constructor(core: Core, onCommitted: OnCommitted, isSide = false) {
    this.#core = core;
    this.#onCommitted = onCommitted;
    this.#queue = new FlushQueue(core.limits);
    this.#side = isSide ? null : new Flusher(core, onCommitted, true);
  }

  /** @throws RealtimeError QUEUE_FULL */
  publish(publication: Publication): void {
    const lane = this.#side?.holds(publication.row.stream) ? this.#side : this;
    lane.#queue.push(publication);
    lane.#loop.start();
  }

  holds(stream: string): boolean {
    return this.#queue.holds(stream);
  }

  /** Resolves when everything that was published is written or refused. */
  async settled(): Promise<void> {
    await this.#loop.idle();
    await this.#side?.settled();
  }

  /** From now on nothing is tried again: what fails, or waits behind it, is refused with TIMEOUT. */
  giveUp(): void {
    this.#givenUp = true;
    this.#side?.giveUp();
  }

  async #flush(): Promise<void> {
    const take = () => this.#queue.take(this.#singly-- > 0 ? 1 : MAX_BATCH_EVENTS);
    for (let batch = take(); batch.length > 0; batch = take()) await this.#write(batch);
  }

  async #write(batch: readonly Publication[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const number = ++this.#batch;
      const { places, error } = await this.#append(batch, number);
      const written = places ?? (hadNoEffect(error) ? null : await this.#findOut(batch, number));
      if (written === "unknown") return this.#reject(batch, error);
      if (written) return this.#settle(batch, written);
      if (!error) continue; // a publisher without a row, which it has now
      if (databaseCode(error) === LOCK_NOT_AVAILABLE) return this.#writeWithoutLocked(batch, error);
      if (!isTransient(error)) return this.#takeApart(batch, error);
      if (batch.some((publication) => this.#isLate(publication))) return this.#postpone(batch, error);
      await delay(backoffMs(attempt, 10, 1_000));
    }
  }

  async #append(batch: readonly Publication[], number: number): Promise<{ places: Appended[] | null; error: unknown }> {
    const parameters = [toInput(batch.map(({ row }) => row)), this.#publisherId, number];
    try {
      const [answer] = await this.#core.pool.query<{ open: boolean | null; places: string | null }>(APPEND_BATCH_SQL, parameters);
      return { places: answer?.open ? parsePlaces(answer.places) : null, error: null };
    } catch (error) {
      return { places: null, error };
    }
  }

  /** Where a batch without a reply went; null: nowhere, and it never will. */
  async #findOut(batch: readonly Publication[], number: number): Promise<Appended[] | "unknown" | null> {
    for (let attempt = 0; ; attempt++) {
      try {
        const [row] = await this.#core.pool.query<{ places: string | null }>(CLOSE_BATCH_SQL, [this.#publisherId, number]);
        return row?.places ? parsePlaces(row.places) : null;
      } catch {
        if (batch.some((publication) => this.#isLate(publication))) return "unknown";
        await delay(backoffMs(attempt, 10, 1_000));
      }
    }
  }

  async #writeWithoutLocked(batch: readonly Publication[], error: unknown): Promise<void> {
    const streams = [...new Set(batch.map(({ row }) => row.stream))];
    const locked = streams.length === 1 ? new Set(streams) : await this.#findLocked(streams).catch(() => new Set<string>());
    // No lock to be seen: it is on a stream that an open transaction is just making. One at a time shows which.
    if (locked.size === 0) return this.#takeApart(batch, error);
    const held = batch.filter(({ row }) => locked.has(row.stream));
    const free = batch.filter(({ row }) => !locked.has(row.stream));
    if (this.#side) this.#moveAside(this.#side, held, locked);
    else await this.#postpone(held, error);
    if (free.length > 0) await this.#write(free);
  }

  /** With them go newer events of the same streams that wait here: they must not overtake. */
  #moveAside(side: Flusher, held: readonly Publication[], locked: ReadonlySet<string>): void {
    this.#queue.done(held);
    for (const publication of [...held, ...this.#queue.remove(locked)]) {
      try {
        side.publish(publication);
      } catch (error) {
        publication.reject(error); // QUEUE_FULL: a stream that stays locked may not hoard without bound
      }
    }
  }

  /** Refuses what has waited too long; the rest comes again, after what waits for other streams. */
  async #postpone(batch: readonly Publication[], error: unknown): Promise<void> {
    const late = batch.filter((publication) => this.#isLate(publication));
    this.#reject(late, error);
    this.#queue.putLast(batch.filter((publication) => !late.includes(publication)));
    if (late.length < batch.length) await delay(50 + Math.random() * 50);
  }

  async #findLocked(streams: readonly string[]): Promise<Set<string>> {
    const known = "select stream from rt.stream where stream in (select json_array_elements_text(($1::text)::json))";
    const find = (query: string) => this.#core.pool.query<{ stream: string }>(query, [JSON.stringify(streams)]);
    const locked = new Set((await find(known)).map(({ stream }) => stream));
    for (const { stream } of await find(`${known} for update skip locked`)) locked.delete(stream);
    return locked;
  }

  /** Each event goes alone, so that a bad one fails alone and a lock shows on which it is. */
  #takeApart(batch: readonly Publication[], error: unknown): void {
    if (batch.length === 1) this.#reject(batch, error);
    else {
      this.#queue.putFirst(batch);
      this.#singly = batch.length;
    }
  }

  #settle(batch: readonly Publication[], appended: readonly Appended[]): void {
    this.#core.count.batches++;
    this.#queue.done(batch);
    const next = new Map(appended.map((place) => [place.stream, { epoch: place.epoch, seq: place.first }]));
    const written = batch.filter(({ row }) => next.has(row.stream)).map(({ row }) => row);
    if (written.length > 0) this.#onCommitted(appended, written);
    for (const { row, resolve, reject } of batch) {
      const place = next.get(row.stream);
      if (place) resolve({ epoch: place.epoch, seq: place.seq++ });
      else reject(fenced(row));
    }
  }

  #reject(batch: readonly Publication[], cause: unknown): void {
    this.#queue.done(batch);
    for (const { row, reject } of batch) {
      const what = `"${row.type}" for ${row.stream}`;
      const late = `${what} could not be confirmed in time; read the stream before publishing it again.`;
      if (isTransient(cause)) reject(new RealtimeError("TIMEOUT", late, { cause }));
      else reject(new RealtimeError("REFUSED", `${what} was not stored: the database refused it.`, { cause }));
    }
  }

  #isLate({ queuedAtMs }: Publication): boolean {
    return this.#givenUp || performance.now() - queuedAtMs > this.#core.limits.publishTimeoutMs;
  }
}

export function fenced({ stream, fence }: NewRow): RealtimeError {
  return new RealtimeError("FENCED", `${stream} has a newer writer than ${fence}; this one must stop, nothing was written.`);
}
