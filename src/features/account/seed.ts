/** The two people of the demo. Development only: their password is public. */
import { eq } from "drizzle-orm";
import type { Runtime } from "#server/runtime.ts";
import { user } from "./schema.ts";
import { createUser } from "./users.ts";

export const demoPassword = "heliograph";
export const demoAccounts = [
  { email: "one@example.com", name: "Ada Brandt", color: "teal" },
  { email: "two@example.com", name: "Jonas Okafor", color: "violet" },
] as const;

/** Creates the demo accounts that are not there yet; safe when two instances start at once. */
export async function seedAccounts({ db }: Pick<Runtime, "db">): Promise<void> {
  for (const account of demoAccounts) {
    const [existing] = await db.select({ id: user.id }).from(user).where(eq(user.email, account.email));
    if (existing) continue;
    // The other instance may have been faster.
    await createUser({ db }, { ...account, password: demoPassword }).catch(ignoreConflict);
  }
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "CONFLICT")) throw error;
}
