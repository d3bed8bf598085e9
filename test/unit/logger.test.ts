import { DrizzleQueryError } from "drizzle-orm/errors";
import { expect, test } from "vitest";
import { createLogger, errorText, type LoggerOptions } from "../../src/server/logger.ts";

function capture(format: LoggerOptions["format"]) {
  const lines: string[] = [];
  const log = createLogger({ format, write: (line) => lines.push(line), now: () => new Date("2026-01-02T03:04:05Z") });
  return { log, lines };
}

test("production logs one JSON object a line", () => {
  const { log, lines } = capture("json");
  log.child({ instance: "a1" }).warn("The queue is long", { queued: 3 });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { time: "2026-01-02T03:04:05.000Z", level: "warn", message: "The queue is long", instance: "a1", queued: 3 },
  ]);
});

test("people read words and pairs", () => {
  const { log, lines } = capture("human");
  log.info("Serving", { port: 3000, role: "all" });
  log.error("It broke", { error: new Error("why") });
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d Serving port=3000 role=all\n$/);
  expect(lines[1]).toMatch(/error: It broke error=Error: why\n {4}at /);
});

test.each(["json", "human"] as const)("secrets stay inside, wherever they stand (%s)", (format) => {
  const { log, lines } = capture(format);
  log.error("connect to postgres://me:hunter2@db/x failed", {
    url: "postgresql://me:hunter2@db/x",
    password: "hunter2",
    headers: { authorization: "Bearer hunter2", deep: { apiKey: "hunter2", text: "redis://:hunter2@cache" } },
    error: new Error("no postgres://me:hunter2@db"),
  });
  expect(lines.join("")).not.toContain("hunter2");
  expect(lines.join("")).toContain("[secret]");
});

test.each(["json", "human"] as const)(
  "an error is told with its causes, and a failed query without the values it was asked with (%s)",
  (format) => {
    const { log, lines } = capture(format);
    const reason = new Error("connect ECONNREFUSED postgres://me:hunter2@db");
    const failed = new DrizzleQueryError(
      'update "user" set "password_hash" = $1',
      ["$argon2id$hunter2", "a\n    at b", "ada@example.com"],
      reason,
    );
    log.error(`account.reset failed: ${failed.message}`, { error: failed });
    const text = lines.join("");
    expect(text).toMatch(/password_hash.*left out.*logger\.test.*caused by: Error: connect ECONNREFUSED/s);
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain("ada@");
  },
);

test("of several failures none hides another, and a ring of causes ends", () => {
  const first = new Error("the queue did not close");
  const second = new Error("the database did not close");
  const ring = new Error("ring");
  ring.cause = ring;
  const text = errorText(new SuppressedError(second, first, "both"));
  expect(text).toContain("the queue did not close");
  expect(text).toContain("the database did not close");
  expect(errorText(new AggregateError([first, ring])).length).toBeLessThan(20_000);
  expect(errorText("no error at all")).toBe("no error at all");
});
