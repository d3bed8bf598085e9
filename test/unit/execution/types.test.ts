/** The promise of the types: an event declared in events.ts reaches a component's callback, to the last field. Checked by tsc. */
import type { inferRouterInputs } from "@trpc/server";
import { expectTypeOf, test } from "vitest";
import type { trpc } from "#client/trpc.ts";
import type { Failure } from "#features/execution/events.ts";
import type { ResyncReason } from "#realtime/topic.ts";
import type { AppRouter } from "../../../src/router.ts";

type OnProgress = typeof trpc.execution.onProgress.useSubscription;
type Options = NonNullable<Parameters<OnProgress>[1]>;
type Message = Parameters<NonNullable<Options["onData"]>>[0];
type DataOf<Type extends Message["data"]["type"]> = Extract<Message["data"], { type: Type }>["data"];

test("trpc.execution.onProgress.useSubscription is typed to the last field", () => {
  expectTypeOf<Message["id"]>().toEqualTypeOf<string>();
  expectTypeOf<Message["data"]["at"]>().toEqualTypeOf<Date>();
  expectTypeOf<"executionQueued" | "nodeProgress" | "executionFinished" | "resync">().toExtend<Message["data"]["type"]>();
  expectTypeOf<"nodeForgotten">().not.toExtend<Message["data"]["type"]>();
  expectTypeOf<DataOf<"nodeProgress">>().toEqualTypeOf<{
    nodeId: string;
    attempt: number;
    done: number;
    total: number | null;
    message: string;
  }>();
  expectTypeOf<DataOf<"nodeFailed">>().toEqualTypeOf<{ nodeId: string; attempt: number; error: Failure; nextRetryMs: number | null }>();
  expectTypeOf<DataOf<"executionFinished">["status"]>().toEqualTypeOf<"success" | "error" | "cancelled">();
  expectTypeOf<DataOf<"resync">>().toEqualTypeOf<{ readonly reason: ResyncReason; readonly position: string }>();
});

test("a subscription takes its guard's input, and a position to go on from", () => {
  type Input = inferRouterInputs<AppRouter>["execution"]["onProgress"];
  expectTypeOf<Input>().toExtend<{ executionId: string; lastEventId?: string | null | undefined }>();
  expectTypeOf<{ executionId: string }>().toExtend<Input>();
  expectTypeOf<{ workflowId: string }>().not.toExtend<Input>();
});
