/** What a page's sockets brought it, read off the wire: nothing that the page says about itself is believed. */
import type { Page } from "@playwright/test";

/** One subscription to a run's events: from where it was asked for, and what came. */
export interface RunSubscription {
  readonly executionId: string;
  readonly after: number;
  readonly events: { readonly seq: number; readonly type: string }[];
}

interface Sent {
  readonly id: number;
  readonly params?: {
    readonly path?: string;
    /** Where to go on from, after a lost connection; the input holds where it all began. */
    readonly lastEventId?: string;
    readonly input?: { readonly json?: { readonly executionId?: string; readonly lastEventId?: string } };
  };
}

interface Received {
  readonly id: number;
  readonly result?: { readonly id?: string; readonly data?: { readonly json?: { readonly data?: { readonly type?: string } } } };
}

/** Lists every subscription to a run that `page` makes from now on, over however many sockets. */
export function collectRunSubscriptions(page: Page): readonly RunSubscription[] {
  const all: RunSubscription[] = [];
  page.on("websocket", (socket) => {
    const open = new Map<number, RunSubscription>();
    socket.on("framesent", ({ payload }) => {
      for (const { id, params } of messages<Sent>(payload)) {
        const { executionId, lastEventId = "" } = params?.input?.json ?? {};
        if (params?.path !== "execution.onProgress" || !executionId) continue;
        const subscription = { executionId, after: seqOf(params.lastEventId ?? lastEventId), events: [] };
        open.set(id, subscription);
        all.push(subscription);
      }
    });
    socket.on("framereceived", ({ payload }) => {
      for (const { id, result } of messages<Received>(payload)) {
        const type = result?.data?.json?.data?.type;
        if (result?.id && type) open.get(id)?.events.push({ seq: seqOf(result.id), type });
      }
    });
  });
  return all;
}

/** A position is `epoch.seq`. */
function seqOf(position: string): number {
  return Number(position.slice(position.lastIndexOf(".") + 1));
}

function messages<T>(payload: string | Buffer): T[] {
  const text = payload.toString();
  if (!text.startsWith("{") && !text.startsWith("[")) return []; // PING and PONG
  const parsed: T | T[] = JSON.parse(text);
  return Array.isArray(parsed) ? parsed : [parsed];
}
