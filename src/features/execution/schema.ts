/** Runs: the row is the authority (lease, fence, status); events tell about it, jobs only wake a worker. */
import { bigint, index, integer, json, jsonb, pgEnum, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { workflow } from "#features/workflow/schema.ts";
import type { Graph, Item, Json } from "#nodes/graph.ts";
import { attemptStatuses, executionStatuses, type Failure } from "./events.ts";

export const executionStatusColumn = pgEnum("execution_status", executionStatuses);
export const attemptStatusColumn = pgEnum("attempt_status", attemptStatuses);

export const execution = pgTable(
  "execution",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    workflowId: uuid("workflow_id")
      .notNull()
      .references(() => workflow.id, { onDelete: "cascade" }),
    workflowName: text("workflow_name").notNull(),
    /** The graph as it was when the run was started; later edits do not touch it. */
    graph: jsonb("graph").$type<Graph>().notNull(),
    input: json("input").$type<Json>(),
    status: executionStatusColumn("status").notNull().default("queued"),
    error: jsonb("error").$type<Failure>(),
    /** No reference: neither this nor the name may change what the run's first event says when the account does, or goes (JOB4). */
    startedBy: uuid("started_by"),
    startedByName: text("started_by_name"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    cancelRequestedAt: timestamp("cancel_requested_at", { withTimezone: true }),
    /** Raised by every claim; a write with an older one is refused (LOG5). */
    fence: integer("fence").notNull().default(0),
    workerId: text("worker_id"),
    leaseUntil: timestamp("lease_until", { withTimezone: true }),
  },
  (table) => [
    index("execution_workflow_created_idx").on(table.workflowId, table.createdAt.desc()),
    index("execution_open_lease_idx").on(table.status, table.leaseUntil),
  ],
);

/** One row per node and attempt: the run page's timeline, and what a takeover starts from. */
export const executionNode = pgTable(
  "execution_node",
  {
    executionId: uuid("execution_id")
      .notNull()
      .references(() => execution.id, { onDelete: "cascade" }),
    nodeId: text("node_id").notNull(),
    /** From 1. A node that is skipped has a last row that never began, after those of its attempts if there were any. */
    attempt: integer("attempt").notNull(),
    status: attemptStatusColumn("status").notNull(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    done: bigint("done", { mode: "number" }),
    total: bigint("total", { mode: "number" }),
    message: text("message"),
    /** `json` and not `jsonb`, which sorts keys: a table of results has its columns in the order they were written. */
    input: json("input").$type<Item[]>(),
    /** Beside `input`, so that a view of the run need not read what flowed through it. */
    inputCount: integer("input_count"),
    output: json("output").$type<Item[]>(),
    itemCount: integer("item_count"),
    preview: text("preview"),
    error: jsonb("error").$type<Failure>(),
    nextRetryAt: timestamp("next_retry_at", { withTimezone: true }),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.nodeId, table.attempt] })],
);

export type ExecutionRow = typeof execution.$inferSelect;
