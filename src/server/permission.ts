/**
 * One subscription's right to deliver: asked first, asked again on every change, never given back once refused.
 *
 * A refusal that follows a change says why, by the change's own word, and only when the reader was allowed before and the change is
 * about what is refused. Whoever could never see the thing learns nothing about it.
 */
import { setTimeout } from "node:timers/promises";
import { Loop } from "#realtime/timing.ts";
import type { AccessChange } from "./access.ts";
import { AppError } from "./errors.ts";
import { type ProtectedContext, requireSession } from "./trpc.ts";

/** How long a change that has committed may take to be heard; more than a sweep of an urgent topic and its reading. */
const HEARD_MS = 1_000;
/** An open subscription counts as use of its session, which is what this keeps true; and an expired one is found. */
const LOOK_EVERY_MS = 30 * 60_000;

export class Permission implements Disposable {
  readonly #ctx: ProtectedContext;
  readonly #check: () => Promise<string>;
  readonly #refusal = new AbortController();
  readonly #watch;
  /** A change heard while the answer to an earlier one is under way may be missing from that answer: then it asks once more. */
  readonly #asking = new Loop(() => this.#answer());
  /** What was heard since the last answer that was a yes. */
  #changes: AccessChange[] = [];
  #streamId: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param check the guard, for this caller and input; returns the stream's id or throws */
  constructor(ctx: ProtectedContext, check: () => Promise<string>) {
    this.#ctx = ctx;
    this.#check = check;
    this.#watch = ctx.runtime.access.watch(ctx.session.userId, (change) => {
      // Another device of the same user was signed out: nothing to ask.
      if (change.sessionId !== null && change.sessionId !== ctx.session.sessionId) return;
      this.#changes.push(change);
      this.#recheck();
    });
  }

  /** Aborted, with the error as its reason, once the caller may no longer read. */
  get refused(): AbortSignal {
    return this.#refusal.signal;
  }

  async first(): Promise<string> {
    // The procedure's own look at the session may be from before changes are heard, and an end between the two heard by nobody.
    const streamId = await this.#ask(await this.#watch.ready);
    this.#streamId = streamId;
    this.#timer = setInterval(() => this.#recheck(), LOOK_EVERY_MS);
    this.#timer.unref();
    return streamId;
  }

  /** Resolves when no question is open. @throws the refusal */
  async holds(): Promise<void> {
    while (this.#asking.busy) await this.#asking.idle();
    this.refused.throwIfAborted();
  }

  /**
   * For whoever has come upon something that a refusal may be the reason of: it is stored with that, and heard a moment later. Returns
   * when it is, or will not be.
   */
  async awaitRefusal(): Promise<void> {
    if (this.#streamId !== null) await setTimeout(HEARD_MS, null, { signal: this.refused, ref: false }).catch(() => {});
  }

  async #ask(notBefore?: number): Promise<string> {
    await requireSession(this.#ctx, notBefore);
    return this.#check();
  }

  #recheck(): void {
    if (!this.refused.aborted) this.#asking.start();
  }

  async #answer(): Promise<void> {
    const asked = this.#changes.length;
    try {
      const streamId = await this.#ask();
      if (this.#streamId !== null && streamId !== this.#streamId)
        throw new AppError("CONFLICT", "What this subscription shows has moved; subscribe again.");
      this.#changes.splice(0, asked);
    } catch (error) {
      // Not only refusals: when the question cannot be answered nobody gets anything, and the client resumes later.
      this.#refusal.abort(this.#explain(error));
    }
  }

  #explain(error: unknown): unknown {
    const refusal = error instanceof Error && error.cause instanceof AppError ? error.cause : error;
    if (!(refusal instanceof AppError)) return error instanceof Error ? error : new Error("The guard failed.", { cause: error });
    // Never allowed, or told by the session itself.
    if (this.#streamId === null || refusal.reason !== null) return refusal;
    const told = this.#changes.filter(({ reason }) => reason !== null);
    const things = [this.#streamId, ...Object.values(refusal.details ?? {})];
    const reason = (told.findLast(({ about }) => about !== null && things.includes(about)) ?? told.at(-1))?.reason ?? null;
    return reason === null ? refusal : refusal.because(reason);
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#watch.stop();
  }
}
