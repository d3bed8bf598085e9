/** A bare WebSocket that speaks tRPC's messages by hand, so that a test sees every frame and can send wrong ones. */
import { type ClientOptions, WebSocket } from "ws";
import { eventually } from "./eventually.ts";

export interface Frame {
  readonly id: number | string | null;
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: { readonly json: unknown } };
  readonly error?: {
    readonly json: { readonly message: string; readonly data: { readonly code: string; readonly [key: string]: unknown } };
  };
}

export interface SocketOptions extends ClientOptions {
  readonly cookie?: string;
}

export interface RawSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Everything that came, parsed; PONG and PING left out. */
  readonly frames: Frame[];
  /** The close code once closed. */
  readonly closed: { code: number | null };
  send(message: unknown): void;
  subscribe(id: number, path: string, input: unknown, lastEventId?: string): void;
  /** Frames of one operation. */
  of(id: number): Frame[];
  /** Event types that one subscription has received. */
  eventTypes(id: number): string[];
  /** Waits for a frame of operation `id`. */
  frame(id: number | null, which: (frame: Frame) => boolean): Promise<Frame>;
  started(id: number): Promise<Frame>;
  /** Waits for operation `id` to be refused; returns tRPC's code. */
  errorCode(id: number | null): Promise<string>;
  /** Waits for the close; returns its code. */
  closeCode(): Promise<number>;
}

/** Opens a socket to `/ws`. @throws the handshake's error, e.g. "Unexpected server response: 403" */
export async function openSocket(app: { readonly origin: string }, { cookie, ...options }: SocketOptions = {}): Promise<RawSocket> {
  const headers = { ...(cookie === undefined ? {} : { cookie }), ...options.headers };
  const socket = new WebSocket(`${app.origin.replace("http", "ws")}/ws`, { ...options, headers });
  const frames: Frame[] = [];
  const closed: { code: number | null } = { code: null };
  socket.on("message", (data) => {
    const text = String(data);
    if (text !== "PONG" && text !== "PING") frames.push(JSON.parse(text) as Frame);
  });
  socket.on("close", (code) => {
    closed.code = code;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {}); // what the tests provoke; the close code tells it
  const of = (id: number | null) => frames.filter((frame) => frame.id === id);
  const frame = (id: number | null, which: (frame: Frame) => boolean) =>
    eventually(
      () => {
        const found = of(id).find(which);
        if (!found) throw new Error(`it got ${JSON.stringify(of(id))}, and the socket was closed with ${closed.code}`);
        return found;
      },
      { what: `a frame of operation ${id}` },
    );

  return {
    socket,
    frames,
    closed,
    of,
    frame,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    subscribe(id, path, input, lastEventId) {
      socket.send(
        JSON.stringify({ id, method: "subscription", params: { path, input: { json: input }, ...(lastEventId && { lastEventId }) } }),
      );
    },
    eventTypes: (id) =>
      of(id).flatMap(({ result }) => {
        const data = result?.type === "data" ? (result.data?.json as { data: { type: string } } | undefined) : undefined;
        return data ? [data.data.type] : [];
      }),
    started: (id) => frame(id, ({ result }) => result?.type === "started"),
    async errorCode(id) {
      const refused = await frame(id, ({ error }) => error !== undefined);
      return refused.error?.json.data.code ?? "";
    },
    closeCode: () => eventually(() => closed.code, { what: "the socket to close" }),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await eventually(() => socket.readyState === WebSocket.CLOSED);
    },
  };
}
