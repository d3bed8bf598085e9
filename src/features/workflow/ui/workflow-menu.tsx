"use client";
import { Copy, Download, Ellipsis, LogOut, Pencil, Trash2, Users } from "lucide-react";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { errorText } from "#client/error-code.ts";
import { trpc, useApi } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { Menu, MenuItem, MenuSeparator } from "#ui/menu.tsx";
import { workflowPermissions } from "../permissions.ts";
import type { WorkflowView } from "../reduce.ts";
import { saveFile } from "./save-file.ts";
import type { WorkflowDialog } from "./workflow-dialogs.tsx";

export interface WorkflowMenuProps {
  workflow: Pick<WorkflowView, "id" | "name" | "role">;
  onOpen: (dialog: WorkflowDialog) => void;
  /** Stands first in the menu. */
  children?: ReactNode;
}

/** What one can do with a workflow besides running it. */
export function WorkflowMenu({ workflow: { id, name, role }, onOpen, children }: WorkflowMenuProps) {
  const router = useRouter();
  const api = useApi();
  const duplicate = trpc.workflow.duplicate.useMutation({
    onSuccess: ({ workflowId }) => router.push(`/workflows/${workflowId}`),
    onError: (error) => void toast(`${name} was not copied: ${errorText(error)}`, { id: "duplicate" }),
  });
  const save = async () => {
    try {
      const { json } = await api.workflow.exportJson.query({ workflowId: id });
      saveFile(`${name}.json`, json, "application/json");
    } catch (error) {
      toast(`${name} was not exported: ${error instanceof Error ? errorText(error) : "try again"}`, { id: "export" });
    }
  };
  const { edit, manage } = workflowPermissions[role];
  return (
    <Menu
      trigger={
        <Button look="quiet" size="iconSmall">
          <Ellipsis />
          <span className="sr-only">More for {name}</span>
        </Button>
      }
    >
      {children}
      <MenuItem onSelect={() => onOpen("share")}>
        <Users />
        {manage ? "Share" : "Members"}
      </MenuItem>
      {edit ? (
        <MenuItem onSelect={() => onOpen("rename")}>
          <Pencil />
          Rename
        </MenuItem>
      ) : null}
      <MenuItem onSelect={() => duplicate.mutate({ workflowId: id })}>
        <Copy />
        Duplicate
      </MenuItem>
      <MenuItem onSelect={() => void save()}>
        <Download />
        Export as JSON
      </MenuItem>
      <MenuSeparator />
      {manage ? (
        <MenuItem danger onSelect={() => onOpen("remove")}>
          <Trash2 />
          Remove
        </MenuItem>
      ) : (
        <MenuItem onSelect={() => onOpen("leave")}>
          <LogOut />
          Leave
        </MenuItem>
      )}
    </Menu>
  );
}
