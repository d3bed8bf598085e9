/**
 * The demo's two workflows. Neither needs the internet: the first reads the app's own sample API, the second fails on purpose.
 * Development only. Their ids are fixed, so seeding again, or from two processes at once, changes nothing.
 */
import { inArray } from "drizzle-orm";
import { demoAccounts } from "#features/account/index.ts";
import { user } from "#features/account/schema.ts";
import type { Runtime } from "#server/runtime.ts";
import { failingDelivery, revenueByRegion } from "./examples.ts";
import { createWorkflow } from "./service.ts";

const demoWorkflows = [
  { id: "5eed0000-0000-4000-8000-000000000001", example: revenueByRegion },
  { id: "5eed0000-0000-4000-8000-000000000002", example: failingDelivery },
];

/** Creates the example workflows that are not there yet, with the demo accounts as members: seed those first. */
export async function seedWorkflows(runtime: Pick<Runtime, "db" | "realtime" | "log">): Promise<void> {
  const emails = demoAccounts.map(({ email }) => email);
  const people = await runtime.db.select({ userId: user.id }).from(user).where(inArray(user.email, emails));
  const members = people.map(({ userId }) => ({ userId, role: "owner" as const }));
  for (const { id, example } of demoWorkflows) {
    const { name, description, graph } = example;
    await createWorkflow(runtime, { id, name, description, graph, members });
  }
}
