/**
 * The browser's WebSocket with ears: tells when it opens, closes and hears something, measures round trips, and notices a dead
 * peer by itself.
 *
 * Browsers do not show pages their WebSocket pings, so the measure is tRPC's text PING. The answers to ours are taken out
 * before tRPC sees them, since it counts the answers to its own. `close()` on a dead network fires its event only after the
 * browser's own timeout, a minute or so; `abandon` fires it at once, so that reconnecting does not wait for that.
 */
export interface SocketEars {
  opened(socket: MeasuredSocket): void;
  closed(socket: MeasuredSocket, code: number): void;
  heard(): void;
  roundTrip(ms: number): void;
}

export interface MeasuredSocket extends WebSocket {
  /** Sends a PING; no answer within the timeout abandons the socket. */
  measure(): void;
  /** Is closed as far as anybody here is concerned, now. */
  abandon(code: number): void;
}

/** 4499 never comes from a server: this side gave up. */
export const ABANDONED = 4499;
const PONG_TIMEOUT_MS = 8_000;
/** Browsers wait for minutes for a handshake that something on the way has swallowed. */
const OPEN_TIMEOUT_MS = 15_000;

/** A WebSocket class for `createWSClient`. A function, because `WebSocket` does not exist while a page is rendered on the server. */
export function createMeasuredSocket(ears: SocketEars): typeof WebSocket {
  return class extends WebSocket implements MeasuredSocket {
    /** One entry per PING under way, in order: when ours was sent, or null for one of tRPC's. */
    readonly #pings: (number | null)[] = [];
    /** Waits for the handshake, then for an answer to a PING of ours. */
    #timer: ReturnType<typeof setTimeout> | null = setTimeout(() => this.abandon(ABANDONED), OPEN_TIMEOUT_MS);
    #over = false;

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("open", () => this.#onOpen());
      this.addEventListener("message", (event) => this.#onMessage(event));
      this.addEventListener("close", (event) => this.#onClose(event));
    }

    override send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBuffer>): void {
      if (data === "PING") this.#pings.push(null);
      super.send(data);
    }

    measure(): void {
      if (this.readyState !== WebSocket.OPEN || this.#timer) return;
      this.#pings.push(performance.now());
      super.send("PING");
      this.#timer = setTimeout(() => this.abandon(ABANDONED), PONG_TIMEOUT_MS);
    }

    abandon(code: number): void {
      if (this.#over) return;
      this.dispatchEvent(new CloseEvent("close", { code, wasClean: false }));
      // The real one, whenever it comes, is not heard any more.
      this.close();
    }

    #onOpen(): void {
      this.#stopWaiting();
      ears.opened(this);
    }

    #onMessage(event: MessageEvent): void {
      if (this.#over) {
        event.stopImmediatePropagation();
        return;
      }
      ears.heard();
      if (event.data !== "PONG") return;
      const sentAt = this.#pings.shift();
      if (typeof sentAt !== "number") return;
      event.stopImmediatePropagation();
      this.#stopWaiting();
      ears.roundTrip(performance.now() - sentAt);
    }

    #onClose(event: CloseEvent): void {
      if (this.#over) {
        event.stopImmediatePropagation();
        return;
      }
      this.#over = true;
      this.#stopWaiting();
      ears.closed(this, event.code);
    }

    #stopWaiting(): void {
      if (this.#timer) clearTimeout(this.#timer);
      this.#timer = null;
    }
  };
}
