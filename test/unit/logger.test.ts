import { expect, test } from "vitest";
import { createLogger, type LoggerOptions } from "../../src/server/logger.ts";

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
