/** What becomes of people on a workflow when they are no longer in it. */
import { membersLeft } from "#features/workflow/index.ts";
import { roomName } from "#realtime/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { workflowRoom } from "./events.ts";

/**
 * Call it once per process, before anything is served. Guards end what is connected; this takes those out of the room, too, whose
 * connection was just lost, or whose server.
 */
export function connectPresence({ hooks, presence }: Pick<Runtime, "hooks" | "presence">): void {
  hooks.on(membersLeft, (tx, { workflowId, userIds }) => presence.turnOut(tx, userIds, roomName(workflowRoom, workflowId)));
}
