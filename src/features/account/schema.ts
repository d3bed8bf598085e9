/** Who may sign in, and on which devices they are. */
import { index, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

export const user = pgTable("user", {
  id: uuid("id").primaryKey().defaultRandom(),
  /** Stored lower-cased; one account per address. */
  email: text("email").notNull().unique(),
  name: text("name").notNull(),
  /** argon2id, PHC string. */
  passwordHash: text("password_hash").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

/** One row per signed-in device; the JWT's `sid` names it, so one device can be signed out everywhere at once. */
export const session = pgTable(
  "session",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    userAgent: text("user_agent"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    lastUsedAt: timestamp("last_used_at", { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    endedAt: timestamp("ended_at", { withTimezone: true }),
  },
  (table) => [index("session_user_idx").on(table.userId)],
);

/** Failed sign-ins per account and per address, shared by all processes; rate-limiter-flexible names the columns. */
export const signInAttempt = pgTable(
  "sign_in_attempt",
  {
    key: text("key").primaryKey(),
    points: integer("points").notNull().default(0),
    expire: timestamp("expire", { withTimezone: true }),
  },
  (table) => [index("sign_in_attempt_expire_idx").on(table.expire)],
);
