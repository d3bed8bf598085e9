/** Tables of what every feature stands on. */
import { bigserial, index, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** How often something was tried, shared by all processes; rate-limiter-flexible names the columns. */
export const attempt = pgTable(
  "attempt",
  {
    /** What is limited, and a hash of for whom: neither addresses nor e-mail addresses stand here. */
    key: text("key").primaryKey(),
    points: integer("points").notNull().default(0),
    expire: timestamp("expire", { withTimezone: true }),
  },
  (table) => [index("attempt_expire_idx").on(table.expire)],
);

/** Mails that were not sent, because development has no SMTP server: shown on a page instead. Empty in production. */
export const keptMail = pgTable("kept_mail", {
  id: bigserial("id", { mode: "number" }).primaryKey(),
  to: text("to").notNull(),
  subject: text("subject").notNull(),
  text: text("text").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});
