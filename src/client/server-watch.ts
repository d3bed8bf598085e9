/**
 * What is known of the server besides whether a socket to it is open:
 *
 *   - who it is, and whether its database answers. Asked when a socket opens, now and then, often while the database is away, and at
 *     once when a call failed on the server's side: a socket stays open, and its pings are answered, by a server that can read nothing;
 *   - whether it is only sockets that do not get through. Concluded when several attempts failed and a call over HTTP did not.
 *
 * Nothing is guessed: without an answer everything is as it was.
 */
export interface ServerInfo {
  readonly instanceId: string;
  readonly version: string;
  /** Whether its database answers. */
  readonly database: boolean;
}

export interface ServerWatchOptions {
  readonly onChange: () => void;
  /** It answers over HTTP, after sockets had failed: it may have just come back, and a socket is worth trying now. */
  readonly onReachable: () => void;
  /** @default performance.now, which nobody sets back */
  readonly now?: () => number;
}

const LOOK_EVERY_MS = 10_000;
const LOOK_WHILE_AWAY_MS = 2_000;
/** A server that restarts refuses one or two before it stops to answer over HTTP as well. */
const ATTEMPTS = 3;

export class ServerWatch {
  readonly #onChange: () => void;
  readonly #onReachable: () => void;
  readonly #now: () => number;
  #ask: () => Promise<ServerInfo> = () => Promise.reject(new Error("Nobody to ask."));
  #askOverHttp: () => Promise<unknown> = () => Promise.reject(new Error("Nobody to ask."));
  #info: ServerInfo | null = null;
  #databaseAnswers = true;
  #socketsBlocked = false;
  #failed = 0;
  /** One socket's answers are not about the next one's server. */
  #connection = 0;
  #asking = false;
  #open = false;
  /** When to ask next; null while there is nothing to ask. */
  #dueAt: number | null = null;

  constructor({ onChange, onReachable, now = () => performance.now() }: ServerWatchOptions) {
    this.#onChange = onChange;
    this.#onReachable = onReachable;
    this.#now = now;
  }

  askBy(ask: () => Promise<ServerInfo>, askOverHttp: () => Promise<unknown>): void {
    this.#ask = ask;
    this.#askOverHttp = askOverHttp;
  }

  /** Of the last one that answered. */
  get info(): ServerInfo | null {
    return this.#info;
  }

  /** True, too, while nothing is known of it. */
  get databaseAnswers(): boolean {
    return this.#databaseAnswers;
  }

  get socketsBlocked(): boolean {
    return this.#socketsBlocked;
  }

  opened(): void {
    this.#begin(true);
    this.tick();
  }

  closed(): void {
    this.#begin(false);
  }

  /** An attempt ended without a socket. */
  attemptFailed(): void {
    this.#failed++;
    if (this.#dueAt === null && this.#failed >= ATTEMPTS) this.#dueAt = this.#now();
    this.tick();
  }

  /** Something failed on the server's side: whether it still has its database is worth asking now. */
  doubt(): void {
    if (!this.#open) return;
    this.#dueAt = this.#now();
    this.tick();
  }

  /** Asks, if it is time to. */
  tick(): void {
    if (this.#dueAt === null || this.#asking || this.#now() < this.#dueAt) return;
    this.#asking = true;
    const asked = this.#connection;
    const ifStill =
      <Args extends unknown[]>(handle: (...args: Args) => void) =>
      (...args: Args) => {
        if (asked === this.#connection) handle(...args);
      };
    if (this.#open)
      this.#ask().then(
        ifStill((info) => this.#learn(info)),
        ifStill(() => this.#later(LOOK_EVERY_MS)), // a lost socket's end says more than this
      );
    else
      this.#askOverHttp().then(
        ifStill(() => this.#block(true)),
        ifStill(() => this.#block(false)), // nobody is there at all
      );
  }

  #learn(info: ServerInfo): void {
    this.#info = info;
    this.#databaseAnswers = info.database;
    this.#later(info.database ? LOOK_EVERY_MS : LOOK_WHILE_AWAY_MS);
    this.#onChange();
  }

  #block(blocked: boolean): void {
    const isNew = blocked && !this.#socketsBlocked;
    this.#socketsBlocked = blocked;
    this.#later(LOOK_EVERY_MS);
    this.#onChange();
    if (isNew) this.#onReachable();
  }

  #later(ms: number): void {
    this.#asking = false;
    this.#dueAt = this.#now() + ms;
  }

  /** Another socket, or none: nothing is known of it yet. */
  #begin(open: boolean): void {
    this.#connection++;
    this.#open = open;
    this.#asking = false;
    this.#failed = 0;
    this.#databaseAnswers = true;
    this.#socketsBlocked = false;
    this.#dueAt = open ? this.#now() : null;
  }
}
