CREATE TYPE "public"."attempt_status" AS ENUM('running', 'success', 'error', 'skipped', 'cancelled');--> statement-breakpoint
CREATE TABLE "sign_in_attempt" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "execution_node" ALTER COLUMN "status" SET DATA TYPE "public"."attempt_status" USING "status"::text::"public"."attempt_status";--> statement-breakpoint
ALTER TABLE "execution" ADD COLUMN "started_by_name" text;--> statement-breakpoint
ALTER TABLE "execution_node" ADD COLUMN "input_count" integer;--> statement-breakpoint
CREATE INDEX "sign_in_attempt_expire_idx" ON "sign_in_attempt" USING btree ("expire");--> statement-breakpoint
DROP TYPE "public"."node_status";