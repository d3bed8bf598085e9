/** Workflows and who may see them. */
import { isNotNull } from "drizzle-orm";
import { bigserial, boolean, index, jsonb, pgEnum, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { user } from "#features/account/schema.ts";
import type { Graph } from "#nodes/graph.ts";
import { workflowRoles } from "./permissions.ts";

export const workflowRoleColumn = pgEnum("workflow_role", workflowRoles);

export const workflow = pgTable(
  "workflow",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    active: boolean("active").notNull().default(false),
    graph: jsonb("graph").$type<Graph>().notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
    /** It has no members from then on, so nobody sees it; the row goes when its last run has ended. */
    removedAt: timestamp("removed_at", { withTimezone: true }),
  },
  (table) => [index("workflow_removed_idx").on(table.removedAt).where(isNotNull(table.removedAt))],
);

export const workflowMember = pgTable(
  "workflow_member",
  {
    workflowId: uuid("workflow_id")
      .notNull()
      .references(() => workflow.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    role: workflowRoleColumn("role").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.workflowId, table.userId] }), index("workflow_member_user_idx").on(table.userId)],
);

/** A role that waits for somebody to sign up with this address and prove that it is theirs. */
export const workflowInvitation = pgTable(
  "workflow_invitation",
  {
    workflowId: uuid("workflow_id")
      .notNull()
      .references(() => workflow.id, { onDelete: "cascade" }),
    /** Lower-cased, as accounts store it. */
    email: text("email").notNull(),
    role: workflowRoleColumn("role").notNull(),
    invitedBy: uuid("invited_by").references(() => user.id, { onDelete: "set null" }),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.workflowId, table.email] }),
    index("workflow_invitation_email_idx").on(table.email),
    index("workflow_invitation_invited_by_idx").on(table.invitedBy),
  ],
);

/**
 * Whose list lacks which change: written with the change, deleted with the event that tells it (list.ts). Usually empty. No
 * foreign keys: it must outlive both.
 */
export const workflowListChange = pgTable("workflow_list_change", {
  id: bigserial("id", { mode: "number" }).primaryKey(),
  userId: uuid("user_id").notNull(),
  workflowId: uuid("workflow_id").notNull(),
});
