CREATE SCHEMA "rt";
--> statement-breakpoint
CREATE TYPE "public"."attempt_status" AS ENUM('running', 'success', 'error', 'skipped', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."execution_status" AS ENUM('queued', 'running', 'success', 'error', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."workflow_role" AS ENUM('owner', 'editor', 'viewer');--> statement-breakpoint
CREATE TABLE "rt"."online" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"online" boolean NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rt"."process" (
	"id" uuid PRIMARY KEY NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"steady_since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rt"."session" (
	"room" text collate "C" NOT NULL,
	"tab_id" uuid NOT NULL,
	"epoch" bigserial NOT NULL,
	"process_id" uuid,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"color" text NOT NULL,
	"device" text NOT NULL,
	"joined_at" timestamp with time zone DEFAULT now() NOT NULL,
	"away_until" timestamp with time zone,
	CONSTRAINT "session_room_tab_id_pk" PRIMARY KEY("room","tab_id")
);
--> statement-breakpoint
CREATE TABLE "rt"."event" (
	"stream" text collate "C" NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"data" text NOT NULL,
	"meta" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_stream_seq_pk" PRIMARY KEY("stream","seq")
);
--> statement-breakpoint
CREATE TABLE "rt"."publisher" (
	"id" text PRIMARY KEY NOT NULL,
	"batch" bigint DEFAULT 0 NOT NULL,
	"written" text,
	"touched" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rt"."stream" (
	"stream" text collate "C" PRIMARY KEY NOT NULL,
	"epoch" text DEFAULT substr(md5(random()::text || clock_timestamp()::text), 1, 8) NOT NULL,
	"head" bigint NOT NULL,
	"floor" bigint DEFAULT 0 NOT NULL,
	"fence" bigint DEFAULT 0 NOT NULL,
	"touched" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attempt" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "kept_mail" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"to" text NOT NULL,
	"subject" text NOT NULL,
	"text" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "account_token" (
	"hash" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"email" text NOT NULL,
	"user_id" uuid,
	"name" text,
	"password_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "linked_account" (
	"provider" text NOT NULL,
	"provider_account_id" text NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "linked_account_provider_provider_account_id_pk" PRIMARY KEY("provider","provider_account_id")
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"end_reason" text
);
--> statement-breakpoint
CREATE TABLE "user" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" text NOT NULL,
	"email_verified_at" timestamp with time zone,
	"name" text NOT NULL,
	"color" text DEFAULT 'blue' NOT NULL,
	"password_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "counter" (
	"id" text PRIMARY KEY NOT NULL,
	"value" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "execution" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workflow_id" uuid NOT NULL,
	"workflow_name" text NOT NULL,
	"graph" jsonb NOT NULL,
	"input" json,
	"status" "execution_status" DEFAULT 'queued' NOT NULL,
	"error" jsonb,
	"started_by" uuid,
	"started_by_name" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"cancel_requested_at" timestamp with time zone,
	"fence" integer DEFAULT 0 NOT NULL,
	"worker_id" text,
	"lease_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "execution_node" (
	"execution_id" uuid NOT NULL,
	"node_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"status" "attempt_status" NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"done" bigint,
	"total" bigint,
	"message" text,
	"input" json,
	"input_count" integer,
	"output" json,
	"item_count" integer,
	"preview" text,
	"error" jsonb,
	"next_retry_at" timestamp with time zone,
	CONSTRAINT "execution_node_execution_id_node_id_attempt_pk" PRIMARY KEY("execution_id","node_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "workflow" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"active" boolean DEFAULT false NOT NULL,
	"graph" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "workflow_invitation" (
	"workflow_id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" "workflow_role" NOT NULL,
	"invited_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workflow_invitation_workflow_id_email_pk" PRIMARY KEY("workflow_id","email")
);
--> statement-breakpoint
CREATE TABLE "workflow_list_change" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"workflow_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workflow_member" (
	"workflow_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" "workflow_role" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workflow_member_workflow_id_user_id_pk" PRIMARY KEY("workflow_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "rt"."session" ADD CONSTRAINT "session_process_id_process_id_fk" FOREIGN KEY ("process_id") REFERENCES "rt"."process"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_token" ADD CONSTRAINT "account_token_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "linked_account" ADD CONSTRAINT "linked_account_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution" ADD CONSTRAINT "execution_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "execution_node" ADD CONSTRAINT "execution_node_execution_id_execution_id_fk" FOREIGN KEY ("execution_id") REFERENCES "public"."execution"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_invitation" ADD CONSTRAINT "workflow_invitation_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_invitation" ADD CONSTRAINT "workflow_invitation_invited_by_user_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."user"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_member" ADD CONSTRAINT "workflow_member_workflow_id_workflow_id_fk" FOREIGN KEY ("workflow_id") REFERENCES "public"."workflow"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_member" ADD CONSTRAINT "workflow_member_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "session_process_idx" ON "rt"."session" USING btree ("process_id");--> statement-breakpoint
CREATE INDEX "session_user_idx" ON "rt"."session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_away_idx" ON "rt"."session" USING btree ("away_until") WHERE "rt"."session"."away_until" is not null;--> statement-breakpoint
CREATE INDEX "event_at_idx" ON "rt"."event" USING brin ("at");--> statement-breakpoint
CREATE INDEX "attempt_expire_idx" ON "attempt" USING btree ("expire");--> statement-breakpoint
CREATE INDEX "account_token_email_idx" ON "account_token" USING btree ("email");--> statement-breakpoint
CREATE INDEX "account_token_user_idx" ON "account_token" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "account_token_expires_idx" ON "account_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "linked_account_user_idx" ON "linked_account" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_user_idx" ON "session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "execution_workflow_created_idx" ON "execution" USING btree ("workflow_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "execution_open_lease_idx" ON "execution" USING btree ("status","lease_until");--> statement-breakpoint
CREATE INDEX "workflow_removed_idx" ON "workflow" USING btree ("removed_at") WHERE "workflow"."removed_at" is not null;--> statement-breakpoint
CREATE INDEX "workflow_invitation_email_idx" ON "workflow_invitation" USING btree ("email");--> statement-breakpoint
CREATE INDEX "workflow_invitation_invited_by_idx" ON "workflow_invitation" USING btree ("invited_by");--> statement-breakpoint
CREATE INDEX "workflow_member_user_idx" ON "workflow_member" USING btree ("user_id");