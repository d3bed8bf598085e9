/**
 * What is to happen when somebody comes online and when they go offline, over all their devices and all processes. Each happens once,
 * also after a process was killed (PRS2): the job exists exactly if the edge does, and is worked by whichever process works.
 *
 *     runtime.hooks.on(userOnline, async (userId) => { … });
 *
 * Like every job it may run late or, after a failure, again; `runtime.presence.online([userId])` says how things are now.
 */
import type { Edge, RealtimeTransaction } from "#realtime/index.ts";
import { defineHook, type Hooks } from "./hooks.ts";
import type { Jobs } from "./jobs.ts";
import type { Background } from "./part.ts";
import type { Runtime } from "./runtime.ts";

export const userOnline = defineHook<(userId: string) => Promise<void>>("userOnline");
export const userOffline = defineHook<(userId: string) => Promise<void>>("userOffline");

const QUEUE = "online";
const CONCURRENCY = 10;

/** For the engine: enqueues what somebody waits for, in the transaction of the edges. */
export function enqueueEdges(jobs: Jobs, hooks: Hooks) {
  return async (tx: RealtimeTransaction, edges: readonly Edge[]): Promise<void> => {
    for (const { userId, online } of edges) {
      if (hooks.has(online ? userOnline : userOffline)) await jobs.enqueue(tx, QUEUE, { userId, online });
    }
  };
}

/** Does those jobs in processes that work. */
export async function workEdges({ env, hooks, jobs }: Runtime): Promise<Background | null> {
  if (env.role === "web" || !(hooks.has(userOnline) || hooks.has(userOffline))) return null;
  const handle = async (data: unknown) => {
    const { userId, online } = data as Edge; // only `enqueueEdges` writes them
    await hooks.run(online ? userOnline : userOffline, userId);
  };
  return { stop: await jobs.work(QUEUE, handle, { concurrency: CONCURRENCY }) };
}
