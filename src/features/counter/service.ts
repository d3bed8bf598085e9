/** The counter's rules. Every write publishes what it did, in the transaction that does it. */
import { eq, sql } from "drizzle-orm";
import type { Runtime } from "#server/runtime.ts";
import { type CounterId, counterTopic } from "./events.ts";
import type { CounterView } from "./reduce.ts";
import { counter } from "./schema.ts";

type Deps = Pick<Runtime, "db" | "realtime">;

export interface Addition {
  readonly counterId: CounterId;
  readonly by: number;
  /** Everyone who watches reads it. */
  readonly userName: string;
}

/** The value, and the position at which it was that: from there on the events tell the rest. */
export function readCounter({ db, realtime }: Deps, id: CounterId): Promise<{ view: CounterView; position: string }> {
  return realtime.snapshot(db, counterTopic, id, async (tx) => {
    const [row] = await tx.select({ value: counter.value }).from(counter).where(eq(counter.id, id));
    return { value: row?.value ?? 0 };
  });
}

/** Two at the same moment both count: the database adds, not the caller. */
export async function addToCounter({ db, realtime }: Deps, { counterId: id, by, userName }: Addition): Promise<void> {
  await realtime.transaction(db, async (tx) => {
    await tx
      .insert(counter)
      .values({ id, value: by })
      .onConflictDoUpdate({ target: counter.id, set: { value: sql`${counter.value} + ${by}` } });
    tx.publish(counterTopic, id, { type: "counterAdded", data: { by, userName } });
  });
}
