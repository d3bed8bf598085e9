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
	"process_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"color" text NOT NULL,
	"device" text NOT NULL,
	"joined_at" timestamp with time zone DEFAULT now() NOT NULL,
	"away_until" timestamp with time zone,
	CONSTRAINT "session_room_tab_id_pk" PRIMARY KEY("room","tab_id")
);
--> statement-breakpoint
ALTER TABLE "rt"."session" ADD CONSTRAINT "session_process_id_process_id_fk" FOREIGN KEY ("process_id") REFERENCES "rt"."process"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "session_process_idx" ON "rt"."session" USING btree ("process_id");--> statement-breakpoint
CREATE INDEX "session_user_idx" ON "rt"."session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_away_idx" ON "rt"."session" USING btree ("away_until") WHERE "rt"."session"."away_until" is not null;