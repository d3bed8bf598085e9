/** Who may do what is written three times: for the program, above that for who edits it, and in the README for who reads. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type WorkflowAction, workflowPermissions, workflowRoles } from "#features/workflow/permissions.ts";

const ROOT = join(import.meta.dirname, "../../..");
const COLUMNS = [...workflowRoles, "nobody"];

/** The rows of the table with these columns by their first cell: `{ "run, cancel": ["yes", "yes", "no", "no"] }`. */
async function tableIn(file: string): Promise<Record<string, string[]>> {
  const lines = (await readFile(join(ROOT, file), "utf8")).split("\n");
  const rows = lines.map((line) => [...line.matchAll(/(?<=\|)[^|]*(?=\|)/g)].map(([cell]) => cell.trim()));
  const head = rows.findIndex(([, ...columns]) => columns.join() === COLUMNS.join());
  if (head < 0)
    throw new Error(`${file} has no table with the columns ${COLUMNS.join(", ")}; if it is to have none, do not ask for it here.`);
  const body = rows.slice(head + 2); // behind the line of dashes
  const end = body.findIndex((cells) => cells.length === 0);
  return Object.fromEntries(body.slice(0, end).map(([what = "", ...cells]) => [what, cells]));
}

test("[WFL1] the table is the one that is written down, in its comment and in the README", async () => {
  const written = Object.entries(await tableIn("src/features/workflow/permissions.ts")).map(([what, cells]) => {
    const [action = "", words = ""] = what.split(": ");
    return { action: action.replaceAll("`", ""), words, cells };
  });
  const actions = Object.keys(workflowPermissions.owner) as WorkflowAction[]; // a record of exactly these
  const meant = actions.map((action) => [action, [...workflowRoles.map((role) => yesNo(workflowPermissions[role][action])), "no"]]);
  expect(Object.fromEntries(written.map(({ action, cells }) => [action, cells]))).toEqual(Object.fromEntries(meant));
  expect(await tableIn("README.md")).toEqual(Object.fromEntries(written.map(({ words, cells }) => [words, cells])));
});

const yesNo = (may: boolean) => (may ? "yes" : "no");
