CREATE TABLE "counter" (
	"id" text PRIMARY KEY NOT NULL,
	"value" bigint NOT NULL
);
