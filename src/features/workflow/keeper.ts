/**
 * Finishes, in the background of every process, what a process that died left half done: lists that lack a change (list.ts), and
 * removed workflows whose runs have ended since (removal.ts). Two small queries every two seconds when there is nothing to do.
 */
import type { Runtime } from "#server/runtime.ts";
import { flushLists } from "./list.ts";
import { purgeRemoved } from "./removal.ts";

const EVERY_MS = 2_000;

export interface WorkflowKeeper {
  start(): void;
  /** Resolves when nothing of it is under way. Stop it before the engine. */
  stop(): Promise<void>;
}

/** @param everyMs @default 2000 */
export function createWorkflowKeeper(runtime: Runtime, everyMs: number = EVERY_MS): WorkflowKeeper {
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    await flushLists(runtime);
    try {
      await purgeRemoved(runtime);
    } catch (error) {
      runtime.log.warn(`Removed workflows could not be deleted; trying again in ${everyMs} ms.`, { error });
    }
  }

  return {
    start() {
      timer ??= setInterval(() => {
        looking ??= look().finally(() => {
          looking = null;
        });
      }, everyMs);
    },
    async stop() {
      if (timer) clearInterval(timer);
      timer = null;
      await looking;
    },
  };
}
