/**
 * From a room to a typed tRPC subscription: subscribing is joining, for as long as the guard holds.
 *
 * First comes the room, then what changes in it, untracked: whoever comes back is told the room anew. A socket that is full is waited
 * for before each look and not after, so a slow reader skips what was replaced meanwhile. When the subscription ends while its
 * connection lives, or permission ends, the tab leaves at once; when the connection is lost, or the question whether permission holds gets
 * no answer, it is away for a grace.
 *
 * Whoever takes access away may also take its owner out of the room in the same transaction (`Presence.turnOut`). The guard is therefore
 * asked again in the transaction of the join, and a visit that finds itself without a place waits for the word of it.
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { RealtimeError, type RealtimeTransaction, type Tab } from "#realtime/index.ts";
import type { RoomKind, RoomUpdate } from "#realtime/room.ts";
import type { Database } from "./db.ts";
import { AppError, toTRPCError } from "./errors.ts";
import type { Guard } from "./live.ts";
import { Permission } from "./permission.ts";
import type { Runtime } from "./runtime.ts";
import type { SessionInfo } from "./session-reader.ts";
import { markPlain } from "./transformer.ts";
import { protectedProcedure } from "./trpc.ts";

/** What the others see of somebody who joins the room of this id. Asked for at each join; the tab itself has no say in it. */
export type Introduce = (runtime: Runtime, session: SessionInfo, id: string) => Promise<Pick<Tab, "name" | "color" | "device">>;

/** Names the tab, so that it is the same one after a reconnect; omitted: it is a new one each time. */
const tabInput = z.object({ tabId: z.uuid().lowercase().optional() });

/** The guard's input and the tab, as in live.ts. */
function ofTab<Input extends z.ZodObject>(schema: Input) {
  return schema.and(tabInput).transform((input): { readonly asked: z.output<Input>; readonly tabId: string } => ({
    asked: input,
    tabId: input.tabId ?? randomUUID(),
  }));
}

/** A subscription to the room whose id `guard` returns. Ends with CONFLICT when the tab joins by another connection. */
export function liveRoom<K extends RoomKind, Input extends z.ZodObject>(
  kind: K,
  { input: schema, check }: Guard<Input>,
  introduce: Introduce,
) {
  return protectedProcedure.input(ofTab(schema)).subscription(async function* ({
    ctx,
    input: { asked, tabId },
    signal,
  }): AsyncGenerator<RoomUpdate<K>, void> {
    const { runtime, session, ws } = ctx;
    using permission = new Permission(ctx, () => check(ctx, asked));
    const end = AbortSignal.any([permission.refused, ...(signal ? [signal] : [])]);
    try {
      const id = await permission.first();
      // A guard asks, and a transaction answers as the database does.
      const admit = (tx: RealtimeTransaction) => check({ ...ctx, runtime: { ...runtime, db: tx as unknown as Database } }, asked);
      const tab = { ...(await introduce(runtime, session, id)), userId: session.userId, tabId, via: ws, admit };
      end.throwIfAborted();
      const visit = await runtime.presence.join(kind, id, tab);
      const leave = () => {
        const { aborted, reason } = permission.refused;
        // Whoever is turned away because nobody could be asked comes again by themselves.
        const isForGood = aborted ? reason instanceof AppError : ws?.isOpen;
        visit.end(isForGood ? "left" : "away");
      };
      try {
        end.addEventListener("abort", leave);
        if (end.aborted) leave();
        const whenReady = async () => {
          await ws?.whenWritable(end);
          // Last: nothing may come between the answer and the look.
          await permission.holds();
        };
        // What is shown in a room was validated by the kind that it was joined with.
        for await (const update of visit.updates(whenReady)) yield withoutDates(update) as RoomUpdate<K>;
      } finally {
        end.removeEventListener("abort", leave);
        leave();
      }
      permission.refused.throwIfAborted();
    } catch (error) {
      if (error instanceof AppError || (error instanceof RealtimeError && error.code === "CLOSED")) await permission.awaitRefusal();
      if (signal?.aborted) return;
      throw toTRPCError(permission.refused.aborted ? permission.refused.reason : error);
    }
  });
}

/** Members have a Date, what they show is JSON; and nearly every update is only about the latter. */
function withoutDates(update: RoomUpdate): RoomUpdate {
  return update.type === "change" && update.here.length === 0 ? markPlain(update) : update;
}
