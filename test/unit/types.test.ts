/** The promise of the types: an event declared in events.ts reaches a component's callback, to the last field. Checked by tsc. */
import type { inferRouterInputs } from "@trpc/server";
import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { trpc } from "#client/trpc.ts";
import { counterTopic } from "#features/counter/events.ts";
import type { ResyncReason } from "#realtime/topic.ts";
import { guard, live } from "#server/live.ts";
import type { AppRouter } from "../../src/router.ts";

type OnChange = typeof trpc.counter.onChange.useSubscription;
type Options = NonNullable<Parameters<OnChange>[1]>;
type Message = Parameters<NonNullable<Options["onData"]>>[0];
type DataOf<Type extends Message["data"]["type"]> = Extract<Message["data"], { type: Type }>["data"];

test("trpc.counter.onChange.useSubscription is typed to the last field", () => {
  expectTypeOf<Message["id"]>().toEqualTypeOf<string>();
  expectTypeOf<Message["data"]["at"]>().toEqualTypeOf<Date>();
  expectTypeOf<"counterAdded" | "resync">().toExtend<Message["data"]["type"]>();
  expectTypeOf<"counterForgotten">().not.toExtend<Message["data"]["type"]>();
  expectTypeOf<DataOf<"counterAdded">>().toEqualTypeOf<{ by: number; userName: string }>();
  expectTypeOf<DataOf<"resync">>().toEqualTypeOf<{ readonly reason: ResyncReason; readonly position: string }>();
});

test("a subscription takes its guard's input, and a position to go on from", () => {
  type Input = inferRouterInputs<AppRouter>["counter"]["onChange"];
  expectTypeOf<Input>().toExtend<{ counterId: "shared"; lastEventId?: string | null | undefined }>();
  expectTypeOf<{ counterId: "shared" }>().toExtend<Input>();
  expectTypeOf<{ counterId: "another" }>().not.toExtend<Input>();
});

test("[SUB4] a subscription without a guard does not compile", () => {
  const neverCalled = () => {
    // @ts-expect-error the guard is missing
    live(counterTopic);
    live(
      counterTopic,
      // @ts-expect-error a guard says which stream
      guard(z.object({}), async () => {}),
    );
  };
  expectTypeOf(neverCalled).toBeFunction();
});
