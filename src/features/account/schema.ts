/** Who may sign in, and on which devices they are. */
import { index, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { userColors } from "./colors.ts";

export const user = pgTable("user", {
  id: uuid("id").primaryKey().defaultRandom(),
  /** Stored lower-cased; one account per address. */
  email: text("email").notNull().unique(),
  /** When its owner proved that they read it; null: anybody may have typed it. */
  emailVerifiedAt: timestamp("email_verified_at", { withTimezone: true }),
  name: text("name").notNull(),
  color: text("color", { enum: userColors }).notNull().default("blue"),
  /** argon2id, PHC string; null for somebody who signs in with a provider only. */
  passwordHash: text("password_hash"),
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
    /** Moves on while the session is used. */
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    endedAt: timestamp("ended_at", { withTimezone: true }),
    endReason: text("end_reason", { enum: ["sessionEnded", "passwordChanged"] }),
  },
  (table) => [index("session_user_idx").on(table.userId)],
);

/** What a provider calls somebody, and whose account that is here. */
export const linkedAccount = pgTable(
  "linked_account",
  {
    provider: text("provider").notNull(),
    providerAccountId: text("provider_account_id").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.providerAccountId] }), index("linked_account_user_idx").on(table.userId)],
);

/**
 * What a link in a mail may do, once. Only a hash of the link's secret is stored, so that whoever reads this table can use none.
 * A sign-up has no account yet: it is here until the address is confirmed, so nobody can hold an address that is not theirs.
 */
export const accountToken = pgTable(
  "account_token",
  {
    hash: text("hash").primaryKey(),
    kind: text("kind", { enum: ["signUp", "verifyEmail", "resetPassword"] }).notNull(),
    email: text("email").notNull(),
    /** Null for a sign-up, which has the two below instead. */
    userId: uuid("user_id").references(() => user.id, { onDelete: "cascade" }),
    name: text("name"),
    passwordHash: text("password_hash"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
  },
  (table) => [
    index("account_token_email_idx").on(table.email),
    index("account_token_user_idx").on(table.userId),
    index("account_token_expires_idx").on(table.expiresAt),
  ],
);
