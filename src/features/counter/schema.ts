/** The counter's table: what stands here is what all its events add up to. */
import { bigint, pgTable, text } from "drizzle-orm/pg-core";

export const counter = pgTable("counter", {
  id: text("id").primaryKey(),
  value: bigint("value", { mode: "number" }).notNull(),
});
