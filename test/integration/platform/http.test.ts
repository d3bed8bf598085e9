import { request } from "node:http";
import { connect } from "node:net";
import { initTRPC } from "@trpc/server";
import { expect, onTestFinished, test } from "vitest";
import type { Context } from "../../../src/server/context.ts";
import { createHttpServer, type HttpServerOptions } from "../../../src/server/http.ts";
import { createLogger } from "../../../src/server/logger.ts";

const t = initTRPC.create();
const router = t.router({
  echo: t.procedure.input((value) => value).mutation(({ input }) => ({ length: JSON.stringify(input).length })),
  ticks: t.procedure.subscription(async function* ({ signal }) {
    yield 1;
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
  }),
});

async function serve(options: Partial<HttpServerOptions> = {}) {
  const lines: string[] = [];
  const server = createHttpServer({
    env: { nodeEnv: "production", metricsToken: null, host: "127.0.0.1", port: 0, publicUrl: null },
    log: createLogger({ format: "json", write: (line) => lines.push(line) }),
    router,
    createContext: async () => ({}) as Context, // the router of this test looks at nothing
    pages: {
      handle: async (req, res) => void req.resume().on("end", () => res.end("a page")),
      upgrade: (_, socket) => socket.end("HTTP/1.1 418 Next\r\n\r\n"),
    },
    handleSocket: (_, socket) => socket.end("HTTP/1.1 418 Ours\r\n\r\n"),
    checkDatabase: async () => {},
    metrics: () => ({ things: 3 }),
    ...options,
  });
  const port = await server.listen();
  onTestFinished(async () => {
    server.stopAccepting();
    await server.close(0);
  });
  return { server, port, lines, origin: `http://127.0.0.1:${port}` };
}

const big = "x".repeat(1_000_001);
const post = (url: string, body: string) => fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } });

test("a body that is too large is refused, for pages and for the API", async () => {
  const { origin } = await serve();
  expect((await post(`${origin}/anything`, big)).status).toBe(413);
  expect((await post(`${origin}/api/trpc/echo`, JSON.stringify(big))).status).toBe(413);
  expect((await post(`${origin}/anything`, "small")).status).toBe(200);
  expect((await post(`${origin}/api/trpc/echo`, '"small"')).status).toBe(200);
});

test("a page request that does not say how long its body is is refused", async () => {
  const { port } = await serve();
  const status = await new Promise((resolve, reject) => {
    const req = request({ port, host: "127.0.0.1", method: "POST", path: "/anything" }, (res) => resolve(res.resume().statusCode));
    req.on("error", reject);
    req.flushHeaders(); // before the body, so that nothing says its length
    req.end("some text");
  });
  expect(status).toBe(411);
});

test("liveness, readiness and metrics", async () => {
  const { origin, server } = await serve();
  const status = async (path: string, headers = {}) => (await fetch(origin + path, { headers })).status;
  expect([await status("/healthz"), await status("/readyz"), await status("/metrics")]).toEqual([200, 200, 404]);
  server.stopAccepting();
  await expect(fetch(`${origin}/healthz`, { headers: { connection: "close" } })).rejects.toThrow();

  const away = await serve({ checkDatabase: () => Promise.reject(new Error("gone")) });
  expect((await fetch(`${away.origin}/readyz`)).status).toBe(503);

  const withToken = await serve({
    env: { nodeEnv: "production", metricsToken: "a-token-of-this-test", host: "127.0.0.1", port: 0, publicUrl: null },
  });
  const metrics = (authorization: string) => fetch(`${withToken.origin}/metrics`, { headers: { authorization } });
  expect((await metrics("Bearer wrong")).status).toBe(404);
  expect(await (await metrics("Bearer a-token-of-this-test")).text()).toMatch(/^heliograph_things 3$/m);
});

test("upgrades go to whom they are for, and nowhere else", async () => {
  const production = await serve();
  const development = await serve({ env: { nodeEnv: "development", metricsToken: null, host: "127.0.0.1", port: 0, publicUrl: null } });
  const upgrade = (path: string, { port } = production) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    });
  expect(await upgrade("/ws")).toBe("HTTP/1.1 418 Ours");
  expect(await upgrade("/_next/hmr", development)).toBe("HTTP/1.1 418 Next");
  // Next has no sockets there: whoever opened one would keep it, and any number of them.
  expect(await upgrade("/_next/hmr")).toBe("");
  expect(await upgrade("/elsewhere")).toBe("");
});

test("closing cuts a subscription at once and lets another request finish", async () => {
  const arrived = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const { server, origin } = await serve({
    pages: {
      upgrade: () => {},
      handle: async (_, res) => {
        arrived.resolve();
        await finish.promise;
        res.end("finished");
      },
    },
  });
  const events = await fetch(`${origin}/api/trpc/ticks`, { headers: { accept: "text/event-stream" } });
  const page = fetch(`${origin}/slow`);
  const cut = expect(events.text()).rejects.toThrow();
  await arrived.promise;
  server.stopAccepting();
  const closed = server.close(10_000);
  await cut;
  finish.resolve();
  expect(await (await page).text()).toBe("finished");
  await closed;
});

test("a page that throws is a plain 500, and its reason is in the log only", async () => {
  const { origin, lines } = await serve({
    pages: { upgrade: () => {}, handle: () => Promise.reject(new Error("the secret reason")) },
  });
  const response = await fetch(`${origin}/broken`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toMatch(/reason/);
  expect(lines.join("")).toContain("the secret reason");
});
