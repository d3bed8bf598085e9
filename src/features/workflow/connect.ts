/** What happens to workflows when something happens to an account. */
import { accountDeleting, emailVerified } from "#features/account/index.ts";
import type { Runtime } from "#server/runtime.ts";
import { workflowListTopic } from "./events.ts";
import { acceptInvitations } from "./invitations.ts";
import { flushLists } from "./list.ts";
import { leaveAllWorkflows } from "./removal.ts";

/** Call it once per process, before anything is served. */
export function connectWorkflows(runtime: Runtime): void {
  const { hooks } = runtime;
  hooks.on(emailVerified, async (tx, verified) => {
    await acceptInvitations(tx, verified);
    tx.afterCommit(() => void flushLists(runtime));
  });
  hooks.on(accountDeleting, async (tx, { userId }) => {
    await leaveAllWorkflows(runtime, tx, userId);
    await tx.forget(workflowListTopic, userId);
    tx.afterCommit(() => void flushLists(runtime));
  });
}
