import { defineConfig } from "drizzle-kit";

// Paths are relative to the project's root, where the commands run, not to this file.
export default defineConfig({
  dialect: "postgresql",
  schema: ["./src/realtime/{schema,presence-schema}.ts", "./src/server/schema.ts", "./src/features/*/schema.ts"],
  out: "./drizzle",
});
