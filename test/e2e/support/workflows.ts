/**
 * Workflows that the tests make for themselves, through the API that pages use. What must happen in the middle of a run gets one
 * that is long enough for it on the slowest machine, instead of being quick enough for a short one.
 */
import type { Page } from "@playwright/test";

interface Made {
  readonly workflowId: string;
}

/** One call of the API as the person who is signed in on this page. @throws Error when the server refuses it */
export async function callApi<R>(page: Page, path: string, input: unknown): Promise<R> {
  const { ok, answer } = await page.evaluate(
    async ([address, body]) => {
      const response = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body });
      return { ok: response.ok, answer: await response.text() };
    },
    [`/api/trpc/${path}`, JSON.stringify({ json: input })] as const,
  );
  if (!ok) throw new Error(`${path} was refused: ${answer}`);
  const { result }: { result: { data: { json?: R } } } = JSON.parse(answer);
  return result.data.json as R; // the caller names what the procedure answers
}

const at = (column: number) => ({ x: column * 260, y: 0 });
const start = { id: "start", type: "manual", name: "Start", position: at(0), parameters: {} };

async function importWorkflow(page: Page, name: string, node: object): Promise<string> {
  const edges = [{ id: "first", source: "start", target: "long" }];
  const json = { heliograph: 1, name, nodes: [start, node], edges };
  return (await callApi<Made>(page, "workflow.importJson", { json })).workflowId;
}

/** Runs until it is cancelled, as far as any test is concerned: ten minutes. */
export function makeEndlessWorkflow(page: Page, name: string): Promise<string> {
  return importWorkflow(page, name, {
    id: "long",
    type: "delay",
    name: "Wait for the harvest",
    position: at(1),
    parameters: { durationMs: 600_000 },
  });
}

/** Reads 24 pages, one a second, and says at each how far it is. */
export function makePagedWorkflow(page: Page, name: string): Promise<string> {
  return importWorkflow(page, name, {
    id: "long",
    type: "http.request",
    name: "Read orders",
    position: at(1),
    parameters: {
      url: "/api/sample/orders?size=20&delayMs=1000",
      pagination: { nextPath: "next", itemsPath: "items", pageCountPath: "pageCount", maxPages: 50 },
    },
  });
}

/** Takes it away again, so that the next test finds the list as it was. */
export async function removeWorkflow(page: Page, workflowId: string): Promise<void> {
  await callApi(page, "workflow.remove", { workflowId });
}
