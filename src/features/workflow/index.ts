/** What later features and `demo.ts` may use of workflows. */

export { connectWorkflows } from "./connect.ts";
export { whyNotRunnable } from "./graph-rules.ts";
export { membersLeft, type Removal, workflowPurging, workflowRemoving } from "./hooks.ts";
export { acceptInvitations } from "./invitations.ts";
export { createWorkflowKeeper } from "./keeper.ts";
export { removeMember, setMember } from "./members.ts";
export { assertCanRunWorkflow, assertCanViewWorkflow, unknownWorkflow } from "./roles.ts";
export { seedWorkflows } from "./seed.ts";
export { createWorkflow } from "./service.ts";
