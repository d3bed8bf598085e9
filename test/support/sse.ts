/** A subscription over SSE, read by hand: what a browser without sockets would get. */
import { eventually } from "./eventually.ts";

export interface StreamEvent {
  /** The position; empty for what has none. */
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

export interface EventStream extends AsyncDisposable {
  readonly events: StreamEvent[];
  /** Types of the events so far. */
  readonly types: string[];
  /** Everything that came, for asserting what did not. */
  text(): string;
  /** The `data` of the error that ended it, or that it began with. */
  readonly refused: Refusal | null;
  /** Waits for the refusal; returns the `data` of its error. */
  refusal(): Promise<Refusal>;
  /** Waits until the server has accepted the subscription. */
  opened(): Promise<void>;
  /** True once the server has ended it. */
  readonly ended: boolean;
}

interface Refusal {
  readonly code: string;
  readonly [key: string]: unknown;
}

interface WireError {
  readonly json?: { readonly data?: Refusal };
  readonly error?: { readonly json: { readonly data: Refusal } };
}

export function openStream(
  { origin }: { readonly origin: string },
  user: { readonly cookie?: string },
  path: string,
  input: object,
  lastEventId?: string,
): EventStream {
  const abort = new AbortController();
  const events: StreamEvent[] = [];
  let text = "";
  let refused: Refusal | null = null;
  let ended = false;

  async function read(): Promise<void> {
    const json = encodeURIComponent(JSON.stringify({ json: { ...input, ...(lastEventId !== undefined && { lastEventId }) } }));
    const response = await fetch(`${origin}/api/trpc/${path}?input=${json}`, {
      headers: { accept: "text/event-stream", ...(user.cookie !== undefined && { cookie: user.cookie }) },
      signal: abort.signal,
    });
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    for (let rest = ""; reader; ) {
      const { value, done } = await reader.read();
      if (done) break;
      const chunk = decoder.decode(value, { stream: true });
      text += chunk;
      rest += chunk;
      // Refused before the stream began: an ordinary answer.
      if (!response.headers.get("content-type")?.includes("text/event-stream")) continue;
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) take(block);
    }
    if (events.length === 0 && refused === null && text.startsWith("{")) refused = refusalOf(JSON.parse(text) as WireError);
  }

  function take(block: string): void {
    const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
    const data = fields.get("data");
    if (fields.get("event") === "serialized-error" && data) refused = refusalOf(JSON.parse(data) as WireError);
    // What has a name of its own is the protocol's: connected, ping, the error.
    if (!data || fields.has("event")) return;
    const { type, data: payload } = (JSON.parse(data) as { json: { type: string; data: unknown } }).json;
    events.push({ id: fields.get("id") ?? "", type, data: payload });
  }

  const reading = read()
    .catch((error: unknown) => {
      if (!abort.signal.aborted) text += String(error);
    })
    .finally(() => {
      ended = true;
    });

  return {
    events,
    get types() {
      return events.map(({ type }) => type);
    },
    get refused() {
      return refused;
    },
    get ended() {
      return ended;
    },
    text: () => text,
    refusal: () =>
      eventually(
        () => {
          if (refused === null) throw new Error(`it has sent ${text}`);
          return refused;
        },
        { what: `${path} to be refused` },
      ),
    async opened() {
      await eventually(() => text.includes("event: connected"), { what: `${path} to be opened` });
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}

function refusalOf({ json, error }: WireError): Refusal {
  return json?.data ?? error?.json.data ?? { code: "UNKNOWN" };
}
