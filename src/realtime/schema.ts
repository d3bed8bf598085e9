/**
 * The engine's tables, in the Postgres schema "rt".
 *
 * `data` and `meta` are text and not jsonb: they are passed through untouched, and jsonb refuses the NUL characters and lone
 * surrogates that cut-off model output contains, which would fail a whole batch for one event.
 */
import { isNotNull, sql } from "drizzle-orm";
import { bigint, bigserial, boolean, customType, index, pgSchema, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

// Byte order: the order in which locks are taken must be the same on every server, whatever its locale.
const textC = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

export const rt = pgSchema("rt");

/** One counter per stream. No index on `head` or `touched`: that keeps its updates heap-only (99 % of them, measured). */
export const stream = rt.table("stream", {
  stream: textC("stream").primaryKey(),
  epoch: text("epoch").notNull().default(sql`substr(md5(random()::text || clock_timestamp()::text), 1, 8)`),
  head: bigint("head", { mode: "number" }).notNull(),
  /** Highest sequence number that retention may trim where a topic says `upToFloor`. */
  floor: bigint("floor", { mode: "number" }).notNull().default(0),
  /** The newest claim on this stream's writer; appends with an older one are refused. */
  fence: bigint("fence", { mode: "number" }).notNull().default(0),
  touched: timestamp("touched", { withTimezone: true }).notNull().defaultNow(),
});

export const event = rt.table(
  "event",
  {
    stream: textC("stream").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    type: text("type").notNull(),
    /** The event's superjson `json`, as text. */
    data: text("data").notNull(),
    /** Its superjson `meta` with paths below "data", or null; see wire.ts. */
    meta: text("meta"),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.stream, table.seq] }), index("event_at_idx").using("brin", table.at)],
);

/** One row per running publisher: the last batch it is known to have written, and where that batch went (LOG6). */
export const publisher = rt.table("publisher", {
  id: text("id").primaryKey(),
  batch: bigint("batch", { mode: "number" }).notNull().default(0),
  written: text("written"),
  touched: timestamp("touched", { withTimezone: true }).notNull().defaultNow(),
});

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

/**
 * Storage settings that Drizzle cannot express; idempotent, run after the migrations.
 * Half-empty pages keep counter updates heap-only; the log is vacuumed by share so that trimmed space is reused soon.
 */
export const STORAGE_SQL = `
  alter table rt.stream set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
  alter table rt.publisher set (fillfactor = 50);
  alter table rt.event set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);`;
