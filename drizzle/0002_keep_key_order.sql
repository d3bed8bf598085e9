ALTER TABLE "execution" ALTER COLUMN "input" SET DATA TYPE json;--> statement-breakpoint
ALTER TABLE "execution_node" ALTER COLUMN "input" SET DATA TYPE json;--> statement-breakpoint
ALTER TABLE "execution_node" ALTER COLUMN "output" SET DATA TYPE json;