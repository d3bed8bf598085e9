/** Runs as readers see them, read from the tables. What the log folds to (`reduce.ts`) is exactly this. */
import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { Graph, Item } from "#nodes/graph.ts";
import { topologicalOrder } from "#nodes/graph.ts";
import { AppError } from "#server/errors.ts";
import type { Runtime } from "#server/runtime.ts";
import { markPlain } from "#server/transformer.ts";
import { type ExecutionSummary, executionListTopic, executionTopic } from "./events.ts";
import { presentable } from "./items.ts";
import { EXECUTION_LIST_LIMIT, type ExecutionView, type NodeAttempt, nodeStatus } from "./reduce.ts";
import { type ExecutionRow, execution, executionNode } from "./schema.ts";

/** Of a node's items, in one answer: four megabytes at once would be slow to show. */
const ITEMS_PER_PAGE = 500;

export interface ExecutionSnapshot {
  readonly view: ExecutionView;
  /** As it was when the run was started. */
  readonly graph: Graph;
  readonly position: string;
}

/** A run, and the position in its stream from which its subscription goes on. @throws AppError NOT_FOUND */
export async function getExecution(runtime: Runtime, executionId: string): Promise<ExecutionSnapshot> {
  const { view: found, position } = await runtime.realtime.snapshot(runtime.db, executionTopic, executionId, async (tx) => {
    const [row] = await tx.select().from(execution).where(eq(execution.id, executionId));
    const attempts = await tx
      .select(attemptColumns)
      .from(executionNode)
      .where(eq(executionNode.executionId, executionId))
      .orderBy(asc(executionNode.attempt));
    return row && { view: toView(row, attempts), graph: row.graph };
  });
  if (!found) throw unknownExecution(executionId);
  return { ...found, position };
}

/** The newest runs of a workflow, and the position in their list's stream. */
export async function listExecutions(runtime: Runtime, workflowId: string): Promise<{ items: ExecutionSummary[]; position: string }> {
  const { view: items, position } = await runtime.realtime.snapshot(runtime.db, executionListTopic, workflowId, (tx) =>
    tx
      .select(summaryColumns)
      .from(execution)
      .where(eq(execution.workflowId, workflowId))
      .orderBy(desc(execution.createdAt), desc(execution.id))
      .limit(EXECUTION_LIST_LIMIT),
  );
  return { items, position };
}

export interface ItemsPage {
  readonly items: Item[];
  /** How many there are in all. */
  readonly total: number;
}

export interface NodeOutput extends ItemsPage {
  /** Which attempt this came from; null: none has put anything out yet, and `items` is empty. */
  readonly attempt: number | null;
  /** What went into the node's last attempt. */
  readonly input: ItemsPage;
}

/**
 * What a node of a run put out, and what went into it: `ITEMS_PER_PAGE` items of each.
 * @param from how many items to pass over; more than there are: none come
 */
export async function getNodeOutput(runtime: Runtime, executionId: string, nodeId: string, from = 0): Promise<NodeOutput> {
  const ofThisNode = and(eq(executionNode.executionId, executionId), eq(executionNode.nodeId, nodeId));
  const [out] = await runtime.db
    .select({
      attempt: executionNode.attempt,
      items: pageOf(executionNode.output, from),
      total: executionNode.itemCount,
    })
    .from(executionNode)
    .where(and(ofThisNode, isNotNull(executionNode.output)))
    .orderBy(desc(executionNode.attempt))
    .limit(1);
  const [into] = await runtime.db
    .select({ items: pageOf(executionNode.input, from), total: executionNode.inputCount })
    .from(executionNode)
    .where(ofThisNode)
    .orderBy(desc(executionNode.attempt))
    .limit(1);
  // A million small values are four megabytes, and looking for a Date in each would stop this process for seconds.
  return markPlain({
    attempt: out?.attempt ?? null,
    items: presentable(out?.items ?? []),
    total: out?.total ?? 0,
    input: { items: presentable(into?.items ?? []), total: into?.total ?? 0 },
  });
}

/** Cut by Postgres: the rest of a large list would only travel to be thrown away. */
function pageOf(items: typeof executionNode.output | typeof executionNode.input, from: number) {
  return sql<Item[] | null>`(select json_agg(item order by ord) from (
    select item, ord from json_array_elements(${items}) with ordinality as all_items(item, ord)
    where ord > ${from} order by ord limit ${ITEMS_PER_PAGE}) page)`;
}

/** Which workflow's members may see a run. @throws AppError NOT_FOUND */
export async function workflowOf({ db }: Pick<Runtime, "db">, executionId: string): Promise<string> {
  const [row] = await db.select({ workflowId: execution.workflowId }).from(execution).where(eq(execution.id, executionId));
  if (!row) throw unknownExecution(executionId);
  return row.workflowId;
}

export function unknownExecution(executionId: string): AppError {
  return new AppError("NOT_FOUND", `There is no run ${executionId}, or it belongs to a workflow you are not a member of.`);
}

export function toSummary(row: ExecutionRow): ExecutionSummary {
  const { id: executionId, workflowId, status, createdAt, startedAt, finishedAt } = row;
  return { executionId, workflowId, status, createdAt, startedAt, finishedAt };
}

const summaryColumns = {
  executionId: execution.id,
  workflowId: execution.workflowId,
  status: execution.status,
  createdAt: execution.createdAt,
  startedAt: execution.startedAt,
  finishedAt: execution.finishedAt,
};

/** All but what flowed through: a view of the run must stay small. */
const attemptColumns = {
  nodeId: executionNode.nodeId,
  attempt: executionNode.attempt,
  status: executionNode.status,
  startedAt: executionNode.startedAt,
  finishedAt: executionNode.finishedAt,
  done: executionNode.done,
  total: executionNode.total,
  message: executionNode.message,
  inputCount: executionNode.inputCount,
  itemCount: executionNode.itemCount,
  preview: executionNode.preview,
  error: executionNode.error,
  nextRetryAt: executionNode.nextRetryAt,
};

type AttemptRow = NodeAttempt & { readonly nodeId: string };

function toView(row: ExecutionRow, attempts: readonly AttemptRow[]): ExecutionView {
  const perNode = Map.groupBy(attempts, ({ nodeId }) => nodeId);
  const ordered = topologicalOrder(row.graph);
  return {
    id: row.id,
    workflowId: row.workflowId,
    workflowName: row.workflowName,
    status: row.status,
    startedBy: row.startedBy === null ? null : { userId: row.startedBy, name: row.startedByName ?? "" },
    error: row.error,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    fence: row.fence,
    workerId: row.workerId,
    nodes: Object.fromEntries(
      ordered.map(({ id: nodeId, name, type: nodeType }) => {
        const own = (perNode.get(nodeId) ?? []).map(toAttempt);
        return [nodeId, { nodeId, name, nodeType, status: nodeStatus(own), attempts: own }];
      }),
    ),
    order: ordered.map(({ id }) => id),
  };
}

function toAttempt({ nodeId: _, ...attempt }: AttemptRow): NodeAttempt {
  return attempt;
}
