import { describe, expect, test, vi } from "vitest";
import type { AccessChange, AccessWatcher } from "#server/access.ts";
import { AppError } from "#server/errors.ts";
import { Permission } from "#server/permission.ts";
import type { SessionInfo } from "#server/session-reader.ts";
import type { ProtectedContext } from "#server/trpc.ts";
import { eventually } from "../../support/eventually.ts";

const session: SessionInfo = { sessionId: "s1", userId: "u1", email: "", name: "", color: "blue", startedAt: new Date() };
const change = (values: Partial<AccessChange> = {}): AccessChange => ({
  userId: "u1",
  sessionId: null,
  reason: null,
  about: null,
  ...values,
});

function setUp(check: () => Promise<string>, ready: Promise<number> = Promise.resolve(0)) {
  let watcher: AccessWatcher = () => {};
  const lookUp = vi.fn(async (_sessionId: string, _notBefore?: number) => session);
  const stop = vi.fn();
  // What Permission uses of a context; the rest of a process is not needed to ask a question twice.
  const ctx = {
    session,
    sessions: { lookUp },
    runtime: {
      access: {
        watch: (_: string, told: AccessWatcher) => {
          watcher = told;
          return { ready, stop, [Symbol.dispose]: stop };
        },
      },
    },
  } as unknown as ProtectedContext;
  return { permission: new Permission(ctx, check), tell: (told: AccessChange) => watcher(told), lookUp, stop };
}

describe("[SUB4] a change is never lost", () => {
  // The moments between the end of an answer and everything that waits for it are microtasks: each of them is tried.
  test.each(Array.from({ length: 40 }, (_, microtasks) => microtasks))("heard %i microtasks after the one before", async (microtasks) => {
    let allowed = true;
    const { permission, tell } = setUp(async () => {
      if (allowed) return "stream";
      throw new AppError("NOT_FOUND", "gone");
    });
    await permission.first();
    tell(change());
    for (let count = 0; count < microtasks; count++) await undefined;
    allowed = false;
    tell(change());
    await expect(permission.holds()).rejects.toThrow("gone");
    permission[Symbol.dispose]();
  });

  test("nor before anything is heard: it is asked once changes are, and of no session that was read before", async () => {
    const ready = Promise.withResolvers<number>();
    const check = vi.fn(async () => "stream");
    const { permission, lookUp } = setUp(check, ready.promise);
    const first = permission.first();
    await new Promise(setImmediate);
    expect(lookUp).not.toHaveBeenCalled();
    expect(check).not.toHaveBeenCalled();
    ready.resolve(1_234);
    expect(await first).toBe("stream");
    expect(lookUp.mock.calls).toEqual([["s1", 1_234]]);
    permission[Symbol.dispose]();
  });

  test("nobody is let in whose changes cannot be heard", async () => {
    const check = vi.fn(async () => "stream");
    const { permission } = setUp(check, Promise.reject(new Error("The database is away.")));
    await expect(permission.first()).rejects.toThrow("away");
    expect(check).not.toHaveBeenCalled();
  });

  test("while the answer is under way nothing is delivered, and a refusal stays", async () => {
    const answer = Promise.withResolvers<string>();
    const answers: Promise<string>[] = [Promise.resolve("stream"), answer.promise, Promise.resolve("stream")];
    const { permission, tell } = setUp(() => answers.shift() ?? Promise.reject(new Error("asked too often")));
    await permission.first();
    tell(change());
    let held = false;
    const holds = permission.holds().finally(() => {
      held = true;
    });
    await new Promise(setImmediate);
    expect(held).toBe(false);
    answer.reject(new AppError("NOT_FOUND", "gone"));
    await expect(holds).rejects.toThrow("gone");
    tell(change());
    await expect(permission.holds()).rejects.toThrow("gone");
  });
});

describe("a refusal says why", () => {
  async function refusedAfter(changes: AccessChange[], refusal = new AppError("NOT_FOUND", "gone", { details: { documentId: "w1" } })) {
    let allowed = true;
    const { permission, tell } = setUp(async () => {
      if (allowed) return "stream";
      throw refusal;
    });
    await permission.first();
    allowed = false;
    for (const each of changes) tell(each);
    await eventually(() => permission.refused.aborted);
    return permission.refused.reason as unknown;
  }

  test("with the reason of the change that was about it, not of another one", async () => {
    const changes = [change({ reason: "removed", about: "w1" }), change({ reason: "roleChanged", about: "w2" })];
    expect(await refusedAfter(changes)).toMatchObject({ code: "NOT_FOUND", message: "gone", reason: "removed" });
  });

  test("with the newest one when none names it", async () => {
    expect(await refusedAfter([change({ reason: "deleted" })])).toMatchObject({ reason: "deleted" });
  });

  test("with none when nothing is known", async () => {
    expect(await refusedAfter([change()])).toMatchObject({ code: "NOT_FOUND", reason: null });
  });

  test("never to somebody who was not allowed before", async () => {
    const { permission, tell } = setUp(async () => {
      tell(change({ reason: "removed", about: "w1" }));
      throw new AppError("NOT_FOUND", "gone");
    });
    await expect(permission.first()).rejects.toMatchObject({ reason: null });
    await eventually(() => permission.refused.aborted);
    expect(permission.refused.reason).toMatchObject({ reason: null });
  });

  test("another device's end asks nothing", async () => {
    const check = vi.fn(async () => "stream");
    const { permission, tell } = setUp(check);
    await permission.first();
    tell(change({ sessionId: "s2", reason: "sessionEnded" }));
    await permission.holds();
    expect(check).toHaveBeenCalledTimes(1);
  });
});
