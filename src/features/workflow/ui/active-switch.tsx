"use client";
import { toast } from "sonner";
import { errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { Switch } from "#ui/switch.tsx";
import { Tooltip } from "#ui/tooltip.tsx";
import { workflowPermissions } from "../permissions.ts";
import type { WorkflowView } from "../reduce.ts";
import { sayNotActive } from "./use-workflow-notices.ts";

export interface ActiveSwitchProps {
  workflow: Pick<WorkflowView, "id" | "name" | "active" | "role">;
  /** In a list, where the column's heading says what it is. */
  hideLabel?: boolean;
}

const whatItSays = "Tells all members that this workflow is in use. It can be run either way.";

/** Switches a workflow on and off. Those who may not see how it stands, and why they cannot change it. */
export function ActiveSwitch({ workflow: { id, name, active, role }, hideLabel = false }: ActiveSwitchProps) {
  const change = trpc.workflow.setActive.useMutation({
    onSuccess: ({ reason }) => {
      if (reason !== null) sayNotActive(reason);
    },
    onError: (error) => void toast(`${name} was not switched: ${errorText(error)}`, { id: "activation" }),
  });
  const mayEdit = workflowPermissions[role].edit;
  const control = (
    <Switch
      label={hideLabel ? `${name} is active` : "Active"}
      hideLabel={hideLabel}
      // What was asked for, until the answer; then what is.
      checked={change.isPending ? change.variables.active : active}
      disabled={!mayEdit}
      onCheckedChange={(next) => change.mutate({ workflowId: id, active: next })}
    />
  );
  return (
    <Tooltip label={`${whatItSays}${mayEdit ? "" : " Viewers cannot switch it: an owner can make you an editor."}`}>
      <span>{control}</span>
    </Tooltip>
  );
}
