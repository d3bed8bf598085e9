/**
 * The log's tables, in the Postgres schema "rt". Presence's are in presence-schema.ts.
 *
 * `data` and `meta` are text and not jsonb: they are passed through untouched, and jsonb refuses the NUL characters and lone
 * surrogates that cut-off model output contains, which would fail a whole batch for one event.
 */
import { sql } from "drizzle-orm";
import { bigint, customType, index, pgSchema, primaryKey, text, timestamp } from "drizzle-orm/pg-core";

// Byte order: the order in which locks are taken must be the same on every server, whatever its locale.
export const textC = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

export const rt = pgSchema("rt");

/**
 * One row per stream: it counts the events, and it is the writers' lock. No index on `head` or `touched`: that keeps its updates heap-only
 * (99 % of them, measured).
 */
export const stream = rt.table("stream", {
  stream: textC("stream").primaryKey(),
  epoch: text("epoch").notNull().default(sql`substr(md5(random()::text || clock_timestamp()::text), 1, 8)`),
  head: bigint("head", { mode: "number" }).notNull(),
  /** Highest sequence number that retention may trim where a topic says `upToFloor`. */
  floor: bigint("floor", { mode: "number" }).notNull().default(0),
  /** The newest claim on this stream's writer; appends with an older one are refused. */
  fence: bigint("fence", { mode: "number" }).notNull().default(0),
  /** When it last moved. For whoever looks after the database: nothing here reads it. */
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

/**
 * Storage settings that Drizzle cannot express; idempotent, run after the migrations.
 * Half-empty pages keep updates of `head` and `batch` heap-only; the log is vacuumed by share so that trimmed space is reused soon.
 */
export const STORAGE_SQL = `
  alter table rt.stream set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
  alter table rt.publisher set (fillfactor = 50);
  alter table rt.event set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);`;
