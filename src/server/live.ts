/**
 * From a stream to a typed tRPC subscription. `live(topic, guard)` is the only way to make a durable one, and its second
 * argument is not optional: no stream becomes public by forgetting something.
 *
 * A subscription here
 *   - yields nothing but `tracked(position, event)`. An untracked event in between would make the client forget where it was;
 *   - delivers only while its guard holds. The guard runs once access changes are being heard, again whenever one is heard, and
 *     deliveries wait for the answer, so what commits after a membership ends is not seen (SUB4);
 *   - waits while its socket's buffer is full, so a slow reader costs the engine's bounded buffer and no more (SUB3);
 *   - ends only by the reader's leaving or by an error with a code: `executionFinished` is an event, not an end.
 */
import { tracked } from "@trpc/server";
import { z } from "zod";
import type { Topic } from "#realtime/topic.ts";
import { AppError, toTRPCError } from "./errors.ts";
import { type ProtectedContext, protectedProcedure, requireSession } from "./trpc.ts";

/** setTimeout takes no more than this; a session that lives longer is looked at again then. */
const MAX_TIMER_MS = 2 ** 31 - 1;

type InputSchema = z.ZodObject;

export interface Guard<Input extends InputSchema> {
  readonly input: Input;
  /** Returns which stream the caller may read. @throws AppError when there is none for this caller. */
  readonly check: (ctx: ProtectedContext, input: z.output<Input>) => Promise<string>;
}

/**
 * Who may read which stream: `check` looks at the caller and the input and returns the stream's id, or throws an AppError. It
 * runs again when the caller's access changes, so it must ask the database and not remember.
 */
export function guard<Input extends InputSchema>(input: Input, check: Guard<Input>["check"]): Guard<Input> {
  return { input, check };
}

/** Where the client stands; tRPC fills it in on every reconnect. Absent: where the topic's `start` says. */
const resumeInput = z.object({ lastEventId: z.string().max(200).nullish() });

/** A subscription to the stream that `guard` names. In a component: `e.id` is the position, `e.data` the event. */
export function live<T extends Topic, Input extends InputSchema>(topic: T, { input: schema, check }: Guard<Input>) {
  return protectedProcedure.input(schema.and(resumeInput)).subscription(async function* ({ ctx, input, signal }) {
    // With a generic schema TypeScript does not decide tRPC's "was there an input" condition; there was.
    const { lastEventId, ...own } = input as z.output<Input> & z.output<typeof resumeInput>;
    using permission = new Permission(ctx, () => check(ctx, own as unknown as z.output<Input>));
    const end = AbortSignal.any([permission.refused, ...(signal ? [signal] : [])]);
    try {
      const id = await permission.first();
      for await (const delivery of ctx.runtime.realtime.subscribe(topic, id, { after: lastEventId ?? null, signal: end })) {
        await ctx.ws?.whenWritable(end);
        // Last: nothing may come between the answer and the delivery.
        await permission.holds();
        yield tracked(delivery.position, delivery.event);
      }
      permission.refused.throwIfAborted();
    } catch (error) {
      if (signal?.aborted) return;
      throw toTRPCError(permission.refused.aborted ? permission.refused.reason : error);
    }
  });
}

/** One subscription's right to deliver: asked first, asked again on every change, never given back once refused. */
class Permission implements Disposable {
  readonly #ctx: ProtectedContext;
  readonly #check: () => Promise<string>;
  readonly #refusal = new AbortController();
  readonly #watch;
  #streamId: string | null = null;
  #asking: Promise<void> | null = null;
  #askAgain = false;
  #expiry: NodeJS.Timeout | null = null;

  constructor(ctx: ProtectedContext, check: () => Promise<string>) {
    this.#ctx = ctx;
    this.#check = check;
    this.#watch = ctx.runtime.access.watch(ctx.session.userId, (change) => {
      // Another device of the same user was signed out: nothing to ask.
      if (change.sessionId !== null && change.sessionId !== ctx.session.sessionId) return;
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
    this.#scheduleExpiry();
    return streamId;
  }

  /** Resolves when no question is open. @throws the refusal */
  async holds(): Promise<void> {
    while (this.#asking) await this.#asking;
    this.refused.throwIfAborted();
  }

  async #ask(notBefore?: number): Promise<string> {
    await requireSession(this.#ctx, notBefore);
    return this.#check();
  }

  #recheck(): void {
    // A change heard while the answer to an earlier one is under way may be missing from that answer.
    this.#askAgain = true;
    this.#asking ??= this.#answer().finally(() => {
      this.#asking = null;
    });
  }

  async #answer(): Promise<void> {
    try {
      while (this.#askAgain && !this.refused.aborted) {
        this.#askAgain = false;
        const streamId = await this.#ask();
        if (this.#streamId !== null && streamId !== this.#streamId)
          throw new AppError("CONFLICT", "What this subscription shows has moved; subscribe again.");
      }
    } catch (error) {
      // Not only refusals: when the question cannot be answered nobody gets anything, and the client resumes later.
      this.#refusal.abort(error instanceof Error ? error : new Error("The guard failed.", { cause: error }));
    }
  }

  #scheduleExpiry(): void {
    const remaining = this.#ctx.session.expiresAt.getTime() - Date.now();
    this.#expiry = setTimeout(
      () => {
        this.#recheck();
        this.#scheduleExpiry();
      },
      Math.max(Math.min(remaining, MAX_TIMER_MS), 1_000),
    );
    this.#expiry.unref();
  }

  [Symbol.dispose](): void {
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#watch.stop();
  }
}
