/** Presence's tables, beside the log's in the Postgres schema "rt": processes, who is where by them, and who is anywhere. */
import { isNotNull } from "drizzle-orm";
import { bigserial, boolean, index, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { rt, textC } from "./schema.ts";

/** One lease per running process with presence; when it lapses, any other process removes the sessions that point to it. */
export const presenceProcess = rt.table("process", {
  id: uuid("id").primaryKey(),
  leaseUntil: timestamp("lease_until", { withTimezone: true }).notNull(),
  /** Since when the lease has never lapsed. */
  steadySince: timestamp("steady_since", { withTimezone: true }).notNull().defaultNow(),
});

/**
 * One row per tab and room, for as long as the tab is there: joining this table with others tells who is where. A row in no room (its
 * name is empty, its tab the user's id, its process nobody's) stands for somebody who left their last room until the grace is over.
 */
export const presenceSession = rt.table(
  "session",
  {
    room: textC("room").notNull(),
    tabId: uuid("tab_id").notNull(),
    /** Grows with every join: what a superseded connection still says about itself is ignored. */
    epoch: bigserial("epoch", { mode: "number" }).notNull(),
    /** The key also keeps a process that has lost its lease from letting anybody in. Null in no room. */
    processId: uuid("process_id").references(() => presenceProcess.id),
    userId: uuid("user_id").notNull(),
    name: text("name").notNull(),
    color: text("color").notNull(),
    device: text("device").notNull(),
    joinedAt: timestamp("joined_at", { withTimezone: true }).notNull().defaultNow(),
    /** Set while its connection is gone and may come back, or while it stands for somebody who may come to another room. */
    awayUntil: timestamp("away_until", { withTimezone: true }),
  },
  (table) => [
    primaryKey({ columns: [table.room, table.tabId] }),
    index("session_process_idx").on(table.processId),
    index("session_user_idx").on(table.userId),
    index("session_away_idx").on(table.awayUntil).where(isNotNull(table.awayUntil)),
  ],
);

/** Whether a user is anywhere, and since when or until when. Its row is the lock under which the user's tabs come and go (PRS2). */
export const presenceOnline = rt.table("online", {
  userId: uuid("user_id").primaryKey(),
  online: boolean("online").notNull(),
  since: timestamp("since", { withTimezone: true }).notNull().defaultNow(),
});
