/** The whole promise over real processes, sockets and Postgres: a run started on one server, watched on two. */
import type { Unsubscribable } from "@trpc/server/observable";
import { expect, test } from "vitest";
import { executionTopic } from "#features/execution/events.ts";
import { createWorkflow, setMember } from "#features/workflow/index.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { type Backend, createTestDatabase, type TestDatabase } from "../support/database.ts";
import { seqOf, upTo } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { seededRandom } from "../support/random.ts";
import { graphOf } from "../support/runs.ts";
import { type Client, createClient, startServerProcess } from "../support/servers.ts";

interface Seen {
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly data: unknown;
}

/** Side by side for `ms`, each telling of its progress five times a second. */
const busyGraph = (ms: number) =>
  graphOf(
    [
      ["go", "manual"],
      ...upTo(4).map((n) => [`wait-${n}`, "delay", { durationMs: ms + n * 50 }] as const),
      ["end", "transform", { expression: "$" }],
    ],
    upTo(4).flatMap((n) => [`go>wait-${n}`, `wait-${n}>end`]),
  );

async function prepare(app: TestApp, ms: number) {
  const user = await app.signUp("ada");
  const workflowId = await createWorkflow(app.runtime, { name: "Busy", description: "", graph: busyGraph(ms), members: [] });
  if (workflowId === null) throw new Error("The workflow exists already.");
  await setMember(app.runtime, { workflowId, userId: user.userId }, "owner");
  return { user, workflowId };
}

function watch(client: Client, executionId: string, after?: string): { seen: Seen[]; stop: () => void; last: () => string | undefined } {
  const seen: Seen[] = [];
  let last = after;
  const subscription: Unsubscribable = client.api.execution.onProgress.subscribe(
    { executionId, ...(after && { lastEventId: after }) },
    {
      onData: ({ id, data }) => {
        last = id;
        seen.push({ seq: seqOf(id), type: data.type, at: data.at.toISOString(), data: data.data });
      },
    },
  );
  return { seen, stop: () => subscription.unsubscribe(), last: () => last };
}

const hasEnded = (seen: readonly Seen[]) => seen.at(-1)?.type === "executionFinished";

async function logOf(database: TestDatabase, executionId: string): Promise<{ seq: number; type: string }[]> {
  const rows =
    await database.sql`select seq::int, type from rt.event where stream = ${`${executionTopic.name}:${executionId}`} order by seq`;
  return rows.map((row) => ({ seq: row.seq, type: row.type }));
}

const brief = (seen: readonly Seen[]) => seen.map(({ seq, type }) => ({ seq, type }));

test("[SUB1] [SUB2] clients of two servers see one run alike, whole and in order, and exactly as the log has it", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using one = await startServerProcess(database.url);
  await using two = await startServerProcess(database.url);
  const { user, workflowId } = await prepare(app, 2_000);
  await using first = createClient(one.origin, user.cookie);
  await using second = createClient(two.origin, user.cookie);

  const { executionId } = await first.api.execution.start.mutate({ workflowId });
  const watching = [watch(first, executionId), watch(second, executionId)];
  await eventually(() => watching.every(({ seen }) => hasEnded(seen)), { timeoutMs: 60_000 });

  const log = await logOf(database, executionId);
  expect(log.map(({ seq }) => seq)).toEqual(upTo(log.length));
  expect(log.filter(({ type }) => type === "nodeProgress").length).toBeGreaterThan(10);
  expect(brief(watching[0]?.seen ?? [])).toEqual(log);
  expect(watching[1]?.seen).toEqual(watching[0]?.seen);
  for (const { stop } of watching) stop();
});

test("[BUS3] [SUB2] killing every LISTEN backend, and then every backend, in the middle of a run changes nothing of what is seen", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using one = await startServerProcess(database.url);
  await using two = await startServerProcess(database.url);
  // Long enough to be in its middle still when both kinds of backends have been killed.
  const { user, workflowId } = await prepare(app, 5_000);
  await using first = createClient(one.origin, user.cookie);
  await using second = createClient(two.origin, user.cookie);

  const { executionId } = await first.api.execution.start.mutate({ workflowId });
  const watching = [watch(first, executionId), watch(second, executionId)];
  const reaches = (count: number) => eventually(() => watching.every(({ seen }) => seen.length > count), { timeoutMs: 30_000 });
  await reaches(15);
  const listens = ({ application }: Backend) => application === "heliograph-listen";
  // One that has just lost its connection is about to have another.
  await eventually(async () => expect((await database.backends()).filter(listens)).toHaveLength(3));
  expect(await database.killBackends(listens)).toBe(3);
  await reaches(40);
  expect(await database.killBackends()).toBeGreaterThan(5);
  await eventually(() => watching.every(({ seen }) => hasEnded(seen)), { timeoutMs: 60_000 });

  const log = await logOf(database, executionId);
  expect(log.map(({ seq }) => seq)).toEqual(upTo(log.length));
  expect(brief(watching[0]?.seen ?? [])).toEqual(log);
  expect(watching[1]?.seen).toEqual(watching[0]?.seen);
  expect(watching[0]?.seen.at(-1)?.data).toMatchObject({ status: "success" });
  for (const { stop } of watching) stop();
});

test("[SUB2] 200 reconnects over sockets to either server, at random moments, show no gap and no repeat", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  await using one = await startServerProcess(database.url);
  await using two = await startServerProcess(database.url);
  const { user, workflowId } = await prepare(app, 4_000);
  const random = seededRandom();
  await using starter = createClient(one.origin, user.cookie);
  const { executionId } = await starter.api.execution.start.mutate({ workflowId });

  const seen: Seen[] = [];
  let last: string | undefined;
  let reconnects = 0;
  while (reconnects < 200 || !hasEnded(seen)) {
    await using client = createClient(random.pick([one, two]).origin, user.cookie);
    const watching = watch(client, executionId, last);
    // Sometimes at once, sometimes after a few events; near the end there may be none left to wait for.
    const enough = reconnects < 200 ? random.int(0, 2) : Number.POSITIVE_INFINITY;
    await eventually(() => watching.seen.length >= enough || hasEnded(watching.seen) || hasEnded(seen), {
      timeoutMs: 30_000,
      intervalMs: 2,
    });
    seen.push(...watching.seen);
    last = watching.last();
    watching.stop();
    reconnects++;
  }
  expect(reconnects).toBeGreaterThanOrEqual(200);
  expect(brief(seen)).toEqual(await logOf(database, executionId));
});
