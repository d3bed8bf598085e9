/**
 * A network that can be told to fail: a TCP proxy between clients and Postgres, on loopback.
 *
 *     await using proxy = await startFaultProxy(database.url);
 *     createDatabase(proxy.url);                       // connect through it
 *     proxy.cut();                                     // every connection is reset now; new ones work
 *     proxy.pause(); … proxy.resume();                 // bytes wait in both directions, nothing is lost
 *     proxy.setDelay(50);                              // every message from the server comes 50 ms later
 *     proxy.refuse(true);                              // new connections are reset at once
 *     const lost = proxy.loseReply(/^commit/i);        // the next COMMIT is executed, but its reply never arrives…
 *     await lost;                                      // …and the connection is reset; resolves then
 *     const never = proxy.loseRequest(/insert/i);      // the next such statement does not even reach the server
 *     proxy.onNotification(({ payload }) => "drop");   // or "double", "pass", or { delayMs }
 *
 * It reads the protocol just enough to know where messages begin and which statement is executed, prepared ones included.
 * Declare it after the database and before what connects, so that `await using` disposes them the other way round.
 */
import { connect, createServer, type Socket } from "node:net";
import { createFrameReader, createStatementReader, type Frame, readNotification } from "./postgres-frames.ts";

export type NotificationFate = "pass" | "drop" | "double" | { readonly delayMs: number };
export type NotificationRule = (notification: { channel: string; payload: string }) => NotificationFate;

export interface FaultProxy extends AsyncDisposable {
  /** The database's address, through the proxy. */
  readonly url: string;
  /** Open connections now. */
  readonly connections: number;
  /** Connections ever accepted, for asserting that something reconnected. */
  readonly accepted: number;
  cut(): void;
  pause(): void;
  resume(): void;
  refuse(refusing: boolean): void;
  /** 0 turns it off. */
  setDelay(ms: number): void;
  /** Lets the next statement that matches be executed, throws the server's answer away and resets that connection. Resolves then. */
  loseReply(statement: RegExp): Promise<void>;
  /** Resets the connection on which the next matching statement arrives, before the server sees it. Resolves then. */
  loseRequest(statement: RegExp): Promise<void>;
  /** What becomes of each notification; null lets all pass again. */
  onNotification(rule: NotificationRule | null): void;
}

interface Trap {
  readonly statement: RegExp;
  readonly at: "request" | "reply";
  readonly sprung: () => void;
}

interface Faults {
  delayMs: number;
  paused: boolean;
  rule: NotificationRule | null;
  readonly traps: Set<Trap>;
}

/** @param databaseUrl where to lead; must not ask for TLS */
export async function startFaultProxy(databaseUrl: string): Promise<FaultProxy> {
  const target = new URL(databaseUrl);
  const faults: Faults = { delayMs: 0, paused: false, rule: null, traps: new Set() };
  const links = new Set<Link>();
  let refusing = false;
  let accepted = 0;

  // At once, like a driver's own connection: a message that waits for the one before it to be confirmed takes 40 ms.
  const noDelay = true;
  const server = createServer({ noDelay }, (client) => {
    client.on("error", () => {}); // the other side may reset at any moment: that is what this is for
    if (refusing) return client.resetAndDestroy();
    accepted += 1;
    const upstream = connect({ port: Number(target.port || 5432), host: target.hostname, noDelay });
    const link = createLink(client, upstream, faults, () => links.delete(link));
    links.add(link);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(address.port);

  const set = (at: Trap["at"]) => (statement: RegExp) =>
    new Promise<void>((resolve) => void faults.traps.add({ statement, at, sprung: resolve }));
  const cut = () => {
    for (const link of [...links]) link.reset();
  };

  return {
    url: url.href,
    get connections() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    cut,
    pause() {
      faults.paused = true;
    },
    resume() {
      faults.paused = false;
      for (const link of links) link.flush();
    },
    refuse(value) {
      refusing = value;
    },
    setDelay(ms) {
      faults.delayMs = ms;
    },
    loseReply: set("reply"),
    loseRequest: set("request"),
    onNotification(rule) {
      faults.rule = rule;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Link {
  /** Resets both sides. */
  reset(): void;
  /** Sends what a pause has held back. */
  flush(): void;
}

function createLink(client: Socket, upstream: Socket, faults: Faults, onClosed: () => void): Link {
  const held: (() => void)[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const readClient = createFrameReader(true);
  const readServer = createFrameReader(false);
  const readStatement = createStatementReader();
  /** Set while the answer to a trapped statement is being thrown away. */
  let losing: Trap | null = null;

  const reset = () => {
    for (const timer of timers) clearTimeout(timer);
    client.resetAndDestroy();
    upstream.resetAndDestroy();
    onClosed();
  };
  // While paused everything waits in one queue, so both directions keep their order.
  const pass = (action: () => void) => {
    if (faults.paused || held.length > 0) held.push(action);
    else action();
  };
  const later = (ms: number, action: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      pass(action);
    }, ms);
    timers.add(timer);
  };
  const toClient = (bytes: Buffer) => {
    const action = () => void client.write(bytes);
    // Timers of the same length fire in the order they were set.
    if (faults.delayMs > 0) later(faults.delayMs, action);
    else pass(action);
  };

  function fromClient(frame: Frame): void {
    const statement = readStatement(frame);
    const trap = statement === null ? undefined : [...faults.traps].find((candidate) => candidate.statement.test(statement));
    if (trap) {
      faults.traps.delete(trap);
      if (trap.at === "request") {
        reset();
        trap.sprung();
        return;
      }
      losing = trap;
    }
    pass(() => void upstream.write(frame.bytes));
  }

  function fromServer(frame: Frame): void {
    if (losing !== null) {
      // "Z", ready for the next query: the server has finished the statement, whatever came of it.
      if (frame.type === "Z") {
        const { sprung } = losing;
        reset();
        sprung();
      }
      return;
    }
    const notification = readNotification(frame);
    const fate = notification === null || faults.rule === null ? "pass" : faults.rule(notification);
    if (fate === "drop") return;
    if (typeof fate === "object") {
      later(fate.delayMs, () => void client.write(frame.bytes));
      return;
    }
    toClient(frame.bytes);
    if (fate === "double") toClient(frame.bytes);
  }

  client.on("data", (chunk) => {
    for (const frame of readClient(chunk)) if (!client.destroyed) fromClient(frame);
  });
  upstream.on("data", (chunk) => {
    for (const frame of readServer(chunk)) if (!client.destroyed) fromServer(frame);
  });
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on("error", () => {}); // "close" follows
    from.on("end", () => pass(() => void to.end()));
    from.on("close", () => {
      if (!to.destroyed && from.errored) to.resetAndDestroy();
      if (client.destroyed && upstream.destroyed) onClosed();
    });
  }
  return {
    reset,
    flush() {
      for (const action of held.splice(0)) action();
    },
  };
}
