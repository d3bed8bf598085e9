/**
 * Next, as one of the things this process does.
 *
 * It gets a dummy http server: Next attaches its own upgrade listener to whatever it is given, and on the real one it would answer
 * our sockets. What is for it is passed on by hand, so hot reload and `/ws` never meet.
 */
import { existsSync } from "node:fs";
import { Server } from "node:http";
import { join } from "node:path";
import type { Env } from "./env.ts";
import type { PageServer } from "./http.ts";
import { StartupError } from "./startup-error.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface NextApp extends PageServer {
  close(): Promise<void>;
}

/** Call `configureLibraries` first. @throws StartupError in production without a build */
export async function startNext(env: Env): Promise<NextApp> {
  const dev = env.nodeEnv === "development";
  if (!dev && !existsSync(join(ROOT, env.distDir, "BUILD_ID"))) {
    throw new StartupError("There is no build to serve: run `pnpm build` first, or `pnpm dev` for development.");
  }
  // Loaded only now: Next and React look at NODE_ENV once, when they are loaded, and a process that only works needs neither.
  const { default: next } = await import("next");
  const dummy = new Server();
  const app = next({ dev, dir: ROOT, hostname: env.host ?? "localhost", port: env.port, httpServer: dummy });
  await app.prepare();
  const handle = app.getRequestHandler();
  // Next does this at the first request, and has no public word for doing it now. But after a restart an open page comes back with its
  // socket for hot reload before anything else: that one would wait for ever, and the page would take no edit any more.
  if ("setupWebSocketHandler" in app && typeof app.setupWebSocketHandler === "function") app.setupWebSocketHandler(dummy);
  return {
    handle: (req, res) => handle(req, res),
    upgrade: (req, socket, head) => void dummy.emit("upgrade", req, socket, head),
    close: () => app.close(),
  };
}
