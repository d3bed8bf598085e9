/**
 * Who may do what: the one table of it. Guards and services ask it before they act, pages ask it what to offer. Browser-safe.
 *
 * |                                                                      | owner | editor | viewer | nobody |
 * |----------------------------------------------------------------------|-------|--------|--------|--------|
 * | `view`: see graph, runs, outputs, who is here                        | yes   | yes    | yes    | no     |
 * | `run`: run, cancel                                                   | yes   | yes    | no     | no     |
 * | `edit`: edit, rename, activate                                       | yes   | yes    | no     | no     |
 * | `manage`: see members' e-mail addresses, share, change roles, remove | yes   | no     | no     | no     |
 */
import { z } from "zod";

export const workflowRoles = ["owner", "editor", "viewer"] as const;
export const workflowRole = z.enum(workflowRoles);
export type WorkflowRole = z.infer<typeof workflowRole>;

export interface WorkflowPermissions {
  readonly view: boolean;
  readonly run: boolean;
  readonly edit: boolean;
  readonly manage: boolean;
}
export type WorkflowAction = keyof WorkflowPermissions;

/** `workflowPermissions[role].edit` */
export const workflowPermissions: Readonly<Record<WorkflowRole, WorkflowPermissions>> = {
  owner: { view: true, run: true, edit: true, manage: true },
  editor: { view: true, run: true, edit: true, manage: false },
  viewer: { view: true, run: false, edit: false, manage: false },
};
