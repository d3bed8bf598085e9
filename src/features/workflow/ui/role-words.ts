import type { SelectOption } from "#ui/select.tsx";
import type { WorkflowRole } from "../permissions.ts";

export const roleWords: Readonly<Record<WorkflowRole, string>> = { owner: "Owner", editor: "Editor", viewer: "Viewer" };

/** The roles to choose from, with what each may do. */
export const roleOptions: readonly SelectOption<WorkflowRole>[] = [
  { value: "viewer", label: roleWords.viewer, hint: "Watches: graph, runs, results" },
  { value: "editor", label: roleWords.editor, hint: "Also runs, cancels and renames" },
  { value: "owner", label: roleWords.owner, hint: "Also shares, and can remove it" },
];
