/** What later features and `demo.ts` may use of workflows. */

export { connectWorkflows } from "./connect.ts";
export { checkGraph, type GraphProblem, whyNotRunnable } from "./graph-rules.ts";
export { type MembersLeft, membersLeft, type Removal, workflowPurging, workflowRemoving } from "./hooks.ts";
export { acceptInvitations } from "./invitations.ts";
export { createWorkflowKeeper, type WorkflowKeeper } from "./keeper.ts";
export { removeMember, setMember, shareWorkflow, unshareWorkflow } from "./members.ts";
export { leaveAllWorkflows } from "./removal.ts";
export {
  assertCanEditWorkflow,
  assertCanManageWorkflow,
  assertCanRunWorkflow,
  assertCanViewWorkflow,
  unknownWorkflow,
  type WorkflowCaller,
} from "./roles.ts";
export { seedWorkflows } from "./seed.ts";
export { createWorkflow } from "./service.ts";
