/** `/metrics`: the process in numbers, in the text format that Prometheus reads. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Env } from "./env.ts";

/** Name to value; names are snake_case and get the prefix `heliograph_`. */
export type Metrics = Readonly<Record<string, number>>;

/** Development shows them to everybody; production only with the token, and otherwise does not say that they exist. */
export function serveMetrics(
  req: IncomingMessage,
  res: ServerResponse,
  env: Pick<Env, "nodeEnv" | "metricsToken">,
  read: () => Metrics,
): void {
  const allowed = env.metricsToken === null ? env.nodeEnv !== "production" : bears(req, env.metricsToken);
  if (!allowed) {
    res.writeHead(404, { "content-type": "text/plain" }).end("Not found\n");
    return;
  }
  const { rss, heapUsed } = process.memoryUsage();
  const all = { ...read(), resident_bytes: rss, heap_bytes: heapUsed, uptime_seconds: Math.round(process.uptime()) };
  const lines = Object.entries(all).map(([name, value]) => `heliograph_${name} ${value}\n`);
  res.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(lines.join(""));
}

function bears(req: IncomingMessage, token: string): boolean {
  // Equal lengths for the comparison in constant time.
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(req.headers.authorization ?? ""), digest(`Bearer ${token}`));
}
