/**
 * Group commit: one batch in flight, and whatever arrives meanwhile is the next. No timer: a lone event goes at once, a flood
 * makes large batches by itself.
 *
 * Invariant (LOG6): a batch number means one content, for ever. The publisher's row is bumped in the statement that writes the
 * batch, so after a lost reply the same batch is sent again under the same number and can only be written once. Before a batch
 * may be split after such a loss, its number is voided.
 *
 * A stream whose counter is locked by somebody's long transaction must not stall the others: on `lock_timeout` the locked
 * streams move to a side lane (another Flusher with a publisher row of its own) until they are free, order kept.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "postgres";
import { APPEND_BATCH_SQL, type Appended, parsePlaces, toInput } from "./append.ts";
import { databaseCode, isTransient, LOCK_NOT_AVAILABLE, RealtimeError } from "./errors.ts";
import type { FlushQueue, Publication } from "./flush-queue.ts";

export interface FlusherOptions {
  readonly sql: Sql;
  /** Called after each commit with what it wrote, before the publishers' promises resolve. */
  readonly onCommitted: (appended: readonly Appended[], batch: readonly Publication[]) => void;
  /** How long an event may wait for the database before its publisher is told TIMEOUT, in milliseconds. */
  readonly publishTimeoutMs: number;
}

export class Flusher {
  readonly #options: FlusherOptions;
  readonly #queue: FlushQueue;
  readonly #publisherId = crypto.randomUUID();
  /** Null: this is the side lane. */
  readonly #side: Flusher | null;
  #batch = 0;
  #active = false;
  #running: Promise<void> | undefined;
  #closed = false;
  batches = 0;

  constructor(options: FlusherOptions, queue: FlushQueue, side: Flusher | null = null) {
    this.#options = options;
    this.#queue = queue;
    this.#side = side;
  }

  publish(publication: Publication): void {
    if (this.#side?.holds(publication.row.stream)) {
      this.#side.publish(publication);
      return;
    }
    this.#queue.push(publication);
    this.#start();
  }

  holds(stream: string): boolean {
    return this.#queue.holds(stream);
  }

  /** Writes what is queued, then refuses; what cannot be written within `publishTimeoutMs` is rejected. */
  async close(): Promise<void> {
    await this.#running;
    await this.#side?.close();
    this.#closed = true;
  }

  #start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // what the same turn publishes goes along
    for (let batch = this.#queue.take(); batch.length > 0; batch = this.#queue.take()) await this.#write(batch);
    // In the same turn as the look at the empty queue: cleared any later, a publish in between would wait for the next one.
    this.#active = false;
  }

  async #write(batch: readonly Publication[]): Promise<void> {
    const number = ++this.#batch;
    let replyLost = false;
    for (let attempt = 0; ; attempt++) {
      try {
        const places = await this.#append(batch, number);
        return places ? this.#settle(batch, places) : this.#write(batch);
      } catch (error) {
        const code = databaseCode(error);
        if (code === LOCK_NOT_AVAILABLE) {
          if (replyLost) {
            const places = await this.#void(number).catch(() => "unknown" as const);
            if (places === "unknown") continue;
            if (places) return this.#settle(batch, places);
          }
          return this.#writeWithoutLocked(batch);
        }
        if (!isTransient(error)) return this.#writeOneByOne(batch, error);
        // A server error is an answer, "not written"; anything else may have lost the answer on its way.
        replyLost ||= !/^(40|5[357])/.test(code) || code.startsWith("57P");
        if (this.#expired(batch) || this.#closed) return this.#reject(batch, error);
        await delay(Math.min(1_000, 10 * 2 ** attempt) * (0.5 + Math.random() / 2));
      }
    }
  }

  /** Where the batch went, now or the first time; null when its number had been voided. */
  async #append(batch: readonly Publication[], number: number): Promise<Appended[] | null> {
    const input = toInput(batch.map(({ row }) => row));
    const [answer] = await this.#options.sql.unsafe(APPEND_BATCH_SQL, [input, this.#publisherId, number], { prepare: true });
    if (answer?.was == null) {
      await this.#options.sql.unsafe("insert into rt.publisher (id) values ($1) on conflict do nothing", [this.#publisherId]);
      return this.#append(batch, number);
    }
    const was = Number(answer.was);
    if (was > number) return null;
    return parsePlaces(was === number ? answer.before : answer.places);
  }

  /** Makes sure that `number` can no longer be written; null when that is so, else where it had been written. */
  async #void(number: number): Promise<Appended[] | null> {
    const sql = "update rt.publisher set batch = $2, touched = now() where id = $1 and batch < $3 returning 1";
    const voided = await this.#options.sql.unsafe(sql, [this.#publisherId, ++this.#batch, number]);
    if (voided.length > 0) return null;
    const [row] = await this.#options.sql.unsafe("select batch, written from rt.publisher where id = $1", [this.#publisherId]);
    // Past `number` without us knowing: an earlier voiding whose reply was lost.
    return Number(row?.batch) === number ? parsePlaces(row?.written ?? null) : null;
  }

  async #writeWithoutLocked(batch: readonly Publication[]): Promise<void> {
    const streams = [...new Set(batch.map(({ row }) => row.stream))];
    const locked = streams.length === 1 ? new Set(streams) : await this.#findLocked(streams).catch(() => new Set<string>());
    // No lock to be seen: it is on a stream that an open transaction is just making. One at a time shows which.
    if (locked.size === 0) return this.#writeApart(Map.groupBy(batch, ({ row }) => row.stream).values());
    const held = batch.filter(({ row }) => locked.has(row.stream));
    if (this.#side) this.#moveAside(this.#side, [...held, ...this.#queue.remove(locked)], held);
    else await this.#postpone(held);
    const free = batch.filter(({ row }) => !locked.has(row.stream));
    if (free.length > 0) await this.#write(free);
  }

  /** With them go newer events of the same streams that wait here: they must not overtake. */
  #moveAside(side: Flusher, publications: readonly Publication[], held: readonly Publication[]): void {
    this.#queue.done(held);
    for (const publication of publications) {
      try {
        side.publish(publication);
      } catch (error) {
        publication.reject(error); // QUEUE_FULL: a stream that stays locked may not hoard without bound
      }
    }
  }

  async #postpone(held: readonly Publication[]): Promise<void> {
    const late = held.filter((publication) => this.#expired([publication]));
    if (late.length > 0)
      this.#reject(late, Object.assign(new Error("another transaction holds the counter"), { code: LOCK_NOT_AVAILABLE }));
    this.#queue.putBack(held.filter((publication) => !late.includes(publication)));
    await delay(50 + Math.random() * 50);
  }

  async #findLocked(streams: readonly string[]): Promise<Set<string>> {
    const input = JSON.stringify(streams);
    const known = "select stream from rt.stream where stream in (select json_array_elements_text(($1::text)::json))";
    const all = await this.#options.sql.unsafe(known, [input]);
    const free = await this.#options.sql.unsafe(`${known} for update skip locked`, [input]);
    const locked = new Set(all.map((row) => String(row.stream)));
    for (const row of free) locked.delete(String(row.stream));
    return locked;
  }

  /** A refused batch is taken apart, so that one bad event fails alone. */
  async #writeOneByOne(batch: readonly Publication[], error: unknown): Promise<void> {
    if (batch.length === 1) return this.#reject(batch, error);
    await this.#writeApart(batch.map((publication) => [publication]));
  }

  async #writeApart(batches: Iterable<readonly Publication[]>): Promise<void> {
    for (const batch of batches) await this.#write(batch);
  }

  #settle(batch: readonly Publication[], appended: readonly Appended[]): void {
    this.batches++;
    this.#queue.done(batch);
    const next = new Map(appended.map((place) => [place.stream, { epoch: place.epoch, seq: place.first }]));
    const written = batch.filter(({ row }) => next.has(row.stream));
    if (written.length > 0) this.#options.onCommitted(appended, written);
    for (const { row, resolve, reject } of batch) {
      const place = next.get(row.stream);
      if (place) resolve({ epoch: place.epoch, seq: place.seq++ });
      else reject(fenced(row.stream, row.fence));
    }
  }

  #reject(batch: readonly Publication[], cause: unknown): void {
    this.#queue.done(batch);
    for (const { row, reject } of batch) {
      const message = isTransient(cause)
        ? `"${row.type}" for ${row.stream} could not be confirmed within ${this.#options.publishTimeoutMs} ms; read the stream before publishing it again.`
        : `"${row.type}" for ${row.stream} was not stored: the database refused it.`;
      reject(new RealtimeError(isTransient(cause) ? "TIMEOUT" : "REFUSED", message, { cause }));
    }
  }

  #expired(batch: readonly Publication[]): boolean {
    const oldest = batch[0]?.queuedAtMs ?? 0;
    return performance.now() - oldest > this.#options.publishTimeoutMs;
  }
}

export function fenced(stream: string, fence: number | null): RealtimeError {
  return new RealtimeError("FENCED", `${stream} has a newer writer than ${fence}; this one must stop, nothing was written.`);
}
