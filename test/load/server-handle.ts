/** The bench's side of a server process: starts it, and asks it for what only it can do. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Answers, Asked, Asks } from "./server.ts";

export interface LoadServerOptions {
  /** "stock": the same router and engine, served by tRPC's own socket adapter. @default "ours" */
  readonly sockets?: "ours" | "stock";
  /** "all": runs are worked here. @default "web" */
  readonly role?: "web" | "all";
}

export interface LoadServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** `ws://127.0.0.1:<port>/ws` */
  readonly socketUrl: string;
  ask<Kind extends keyof Asks>(kind: Kind, input: Asks[Kind]): Promise<Answers[Kind]>;
}

export async function startLoadServer(
  databaseUrl: string,
  { sockets = "ours", role = "web" }: LoadServerOptions = {},
): Promise<LoadServer> {
  const child = fork(new URL("./server.ts", import.meta.url), {
    env: { PATH: process.env.PATH, NODE_ENV: "test", DATABASE_URL: databaseUrl, SOCKETS: sockets, ROLE: role },
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const exited = once(child, "exit").then(([code]) => {
    for (const { reject } of waiting.values()) reject(new Error(`The server ended with ${code}.`));
  });
  let asked = 0;
  child.on("message", ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
    const { resolve, reject } = waiting.get(id) ?? Promise.withResolvers();
    waiting.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  });
  function ask<Kind extends keyof Asks>(kind: Kind, input: Asks[Kind]): Promise<Answers[Kind]> {
    const id = ++asked;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer);
    child.send({ id, kind, input } satisfies Asked<Kind>);
    // The process answers each kind with its own.
    return answer.promise as Promise<Answers[Kind]>;
  }
  const { origin, socketOrigin } = await ask("address", null);
  return {
    origin,
    socketUrl: `${socketOrigin.replace("http", "ws")}/ws`,
    ask,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exited;
      clearTimeout(force);
    },
  };
}
