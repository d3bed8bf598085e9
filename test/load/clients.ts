/** Cheap clients, so that the figures are the server's: no tRPC client, no parsing, no polling. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { LoadServer } from "./server-handle.ts";

export interface Subscriber extends AsyncDisposable {
  /** Resolves when a message that contains `text` comes; one that came before counts if it came after the last call. */
  next(text: string): Promise<void>;
}

type OnMessage = (message: Buffer) => void;

/** Opens a socket with one subscription, and resolves when the server has started it. `onMessage` sees every frame after that. */
export async function subscribe(
  server: LoadServer,
  { cookie }: { readonly cookie: string },
  path: string,
  input: object,
  onMessage: OnMessage = () => {},
): Promise<Subscriber> {
  const socket = new WebSocket(server.socketUrl, { headers: { cookie }, perMessageDeflate: false });
  const heard = listener();
  socket.on("message", (data: Buffer) => {
    if (data.length === 4 && String(data) === "PING") return socket.send("PONG");
    onMessage(data);
    heard.take(data);
  });
  await once(socket, "open");
  socket.on("error", () => {});
  socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path, input: { json: input } } }));
  await heard.next('"started"');
  return {
    next: heard.next,
    async [Symbol.asyncDispose]() {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.terminate();
      await once(socket, "close");
    },
  };
}

/** The same over SSE. */
export async function subscribeByStream(
  server: LoadServer,
  { cookie }: { readonly cookie: string },
  path: string,
  input: object,
): Promise<Subscriber> {
  const abort = new AbortController();
  const url = `${server.origin}/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
  const response = await fetch(url, { headers: { accept: "text/event-stream", cookie }, signal: abort.signal });
  const heard = listener();
  const reading = (async () => {
    for (const reader = response.body?.getReader(); ; ) {
      const { value, done = true } = (await reader?.read()) ?? {};
      if (value) heard.take(Buffer.from(value));
      if (done) return;
    }
  })().catch(() => {}); // cut by us
  await heard.next("event: connected");
  return {
    next: heard.next,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}

function listener() {
  let waiting: { readonly text: string; readonly resolve: () => void } | null = null;
  let unread: Buffer[] = [];
  return {
    take(data: Buffer) {
      if (waiting === null) {
        unread = [...unread.slice(-9), data];
      } else if (data.includes(waiting.text)) {
        waiting.resolve();
        waiting = null;
      }
    },
    next(text: string): Promise<void> {
      const found = unread.some((data) => data.includes(text));
      unread = [];
      if (found) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting = { text, resolve };
      return promise;
    },
  };
}
