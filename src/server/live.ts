/**
 * From a stream to a typed tRPC subscription. `live(topic, guard)` is the only way to make a durable one, and its second
 * argument is not optional: no stream becomes public by forgetting something.
 *
 * A subscription here
 *   - yields nothing but `tracked(position, event)`. An untracked event in between would make the client forget where it was;
 *   - delivers only while its guard holds. The guard runs once access changes are being heard, again whenever one is heard, and
 *     deliveries wait for the answer. Access is a stream of its own, and two streams are two orders: what commits just after a
 *     membership ended may still be seen until that is heard, which takes at most two seconds while LISTEN works (SUB4);
 *   - waits while its socket's buffer is full, so a slow reader costs the engine's bounded buffer and no more (SUB3);
 *   - ends only by the reader's leaving or by an error with a code: that something is over is an event, not an end.
 */
import { tracked } from "@trpc/server";
import { z } from "zod";
import type { Topic } from "#realtime/topic.ts";
import { toTRPCError } from "./errors.ts";
import { Permission } from "./permission.ts";
import { type ProtectedContext, protectedProcedure } from "./trpc.ts";

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

/** The guard's input and the position, each under a key of its own: a generic input is no type that tRPC can look into. */
function resumable<Input extends InputSchema>(schema: Input) {
  return schema.and(resumeInput).transform((input): { readonly asked: z.output<Input>; readonly after: string | null } => ({
    asked: input,
    after: input.lastEventId ?? null,
  }));
}

/** A subscription to the stream that `guard` names. In a component: `e.id` is the position, `e.data` the event. */
export function live<T extends Topic, Input extends InputSchema>(topic: T, { input: schema, check }: Guard<Input>) {
  return protectedProcedure.input(resumable(schema)).subscription(async function* ({ ctx, input: { asked, after }, signal }) {
    using permission = new Permission(ctx, () => check(ctx, asked));
    const end = AbortSignal.any([permission.refused, ...(signal ? [signal] : [])]);
    try {
      const id = await permission.first();
      for await (const delivery of ctx.runtime.realtime.subscribe(topic, id, { after, signal: end })) {
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
