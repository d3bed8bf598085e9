/**
 * Finds peers that are gone without a word: a closed laptop, a lost network (WS4).
 *
 * Pings are WebSocket control frames, which browsers answer without running the page's code, so a throttled background tab is
 * not taken for dead. One timer serves all sockets: whoever was silent for a whole turn, the ping included, is cut. The other
 * direction is the client's own PING text, which tRPC's handler answers.
 */
import type { WebSocket } from "ws";

export class Heartbeat {
  readonly #alive = new Map<WebSocket, boolean>();
  readonly #timer: NodeJS.Timeout;

  constructor(intervalMs: number) {
    this.#timer = setInterval(() => this.#turn(), intervalMs);
    this.#timer.unref();
  }

  add(socket: WebSocket): void {
    const heard = () => this.#alive.set(socket, true);
    heard();
    socket.on("pong", heard);
    socket.on("message", heard);
    socket.once("close", () => {
      socket.off("pong", heard);
      socket.off("message", heard);
      this.#alive.delete(socket);
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #turn(): void {
    for (const [socket, alive] of this.#alive) {
      if (!alive) {
        socket.terminate();
        continue;
      }
      this.#alive.set(socket, false);
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }
}
