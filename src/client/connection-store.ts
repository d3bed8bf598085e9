/**
 * The truth about one client's connection, for an indicator and for the split view's switch.
 *
 *   connecting   --open--> live
 *   live         --lost--> reconnecting (with a countdown) --open--> live
 *   any          --the machine is offline, or cut()--> offline --online / restore()--> connecting again at once
 *   any          --the session may be over--> reconnecting, while the server is asked (session-watch.ts)
 *   any          --the session is over--> signedOut: no attempts until somebody has signed in again, then on from its place
 *   live         --a newer server is noticed--> updateAvailable: all works, but this page is of the past
 *   live         --a view has not begun again yet--> catchingUp --all have--> live
 *   live         --the server says that its database is silent--> withoutDatabase --it answers--> live (server-watch.ts)
 *   reconnecting --only sockets do not get through--> viaHttp: views are fetched anew every few seconds --open--> live
 */
import { closeCodes, type SessionEndCause, sessionEndOf } from "#ws/close-codes.ts";
import { type ConnectionPhase, type ConnectionState, initialState } from "./connection-state.ts";
import { createMeasuredSocket, type MeasuredSocket } from "./measured-socket.ts";
import { OpenViews } from "./open-views.ts";
import { ReconnectGate } from "./reconnect-gate.ts";
import { type ServerInfo, ServerWatch } from "./server-watch.ts";
import { type SessionAnswer, type SessionPhase, SessionWatch } from "./session-watch.ts";
import { UnsentWork } from "./unsent-work.ts";

const HISTORY = 60;
const MEASURE_EVERY_MS = 10_000;
/** Often enough for a cookie that lives for weeks, on a page that only listens. */
const KEEP_SESSION_EVERY_MS = 6 * 3_600_000;
const COUNTDOWN_MS = 250;
const STABLE_MS = 3_000;
const CUT = 4498;

export class ConnectionStore {
  /** For `createWSClient`: its sockets report here, and each attempt waits for the gate. Made on first use, in a browser. */
  readonly gate: ReconnectGate;
  /** What the server did not take because nobody was signed in. */
  readonly unsent = new UnsentWork();
  readonly views = new OpenViews();
  readonly #session: SessionWatch;
  readonly #onResume = new Set<() => void>();
  #askSession: () => Promise<SessionAnswer> = () => Promise.reject(new Error("Nobody to ask."));
  readonly #listeners = new Set<() => void>();
  readonly #server = new ServerWatch({ onChange: () => this.#serverChanged(), onReachable: () => this.gate.skipWait() });
  #state = initialState;
  #socket: MeasuredSocket | null = null;
  #wasOpen = false;
  #update = false;
  #pendingHeard: Date | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];

  /** @param userId whose page it is; null: whoever is signed in when it first matters */
  constructor(userId: string | null = null) {
    this.#session = new SessionWatch({
      userId,
      ask: () => this.#askSession(),
      onChange: () => this.#sessionChanged(),
      onResume: () => this.#resume(),
    });
    this.gate = new ReconnectGate({ onChange: () => this.#refresh() });
    // Nothing connects before `start`: React may make a store and throw it away.
    this.gate.block("stopped");
  }

  readonly getState = (): ConnectionState => this.#state;
  readonly getServerState = (): ConnectionState => initialState;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  createSocketClass(): typeof WebSocket {
    return createMeasuredSocket({
      opened: (socket) => this.#opened(socket),
      closed: (socket, code) => this.#closed(socket, code),
      heard: () => {
        this.#pendingHeard = new Date();
      },
      roundTrip: (ms) => this.#set({ rttMs: ms, rttHistory: [...this.#state.rttHistory, ms].slice(-HISTORY) }),
    });
  }

  /** How to learn which server the socket reached, and whether there is one where no socket gets through. */
  askServerBy(ask: () => Promise<ServerInfo>, askOverHttp: () => Promise<unknown>): void {
    this.#server.askBy(ask, askOverHttp);
  }

  /** How to learn whether the session lives. */
  askSessionBy(ask: () => Promise<SessionAnswer>): void {
    this.#askSession = ask;
  }

  /** Has `listener` told when what was refused is worth asking for again: the session lives again, or one may see more than before. */
  onResume(listener: () => void): () => void {
    this.#onResume.add(listener);
    return () => this.#onResume.delete(listener);
  }

  /** One was given access to something: whatever was refused on this page is asked for again. */
  readonly noticeAccess = (): void => {
    for (const listener of [...this.#onResume]) listener();
  };

  /** A call failed on the server's side. */
  noticeFailure(): void {
    this.#server.doubt();
  }

  /** Begins to connect; call in an effect. Returns how to stop. */
  readonly start = (): (() => void) => {
    const online = () => this.gate.unblock("offline");
    const offline = () => {
      this.gate.block("offline");
      this.#socket?.abandon(CUT);
    };
    const visible = () => document.visibilityState === "visible" && this.#socket?.measure();
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    document.addEventListener("visibilitychange", visible);
    if (navigator.onLine === false) this.gate.block("offline");
    this.#timers = [
      setInterval(() => this.#socket?.measure(), MEASURE_EVERY_MS),
      setInterval(() => this.#look(), COUNTDOWN_MS),
      setInterval(() => void this.#session.check(), KEEP_SESSION_EVERY_MS),
    ];
    this.gate.unblock("stopped");
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
      document.removeEventListener("visibilitychange", visible);
      for (const timer of this.#timers) clearInterval(timer);
      this.gate.block("stopped");
      this.#socket?.abandon(CUT);
    };
  };

  /** Tries now instead of waiting; after a sign-out, asks once more with the cookie of the moment. */
  readonly retryNow = (): void => {
    if (this.#session.phase !== "signedIn") void this.#session.check();
    this.gate.skipWait();
    this.#refresh();
  };

  /** After signing in again on this page: goes on from its place. "otherUser": somebody else did; load the page again. */
  readonly resume = (): Promise<SessionPhase> => this.#session.check();

  /** Takes this client off the network, as a tunnel would: its socket is gone and its requests fail. */
  readonly cut = (): void => {
    this.gate.block("cut");
    this.#socket?.abandon(CUT);
    this.#refresh();
  };

  readonly restore = (): void => this.gate.unblock("cut");

  get isCut(): boolean {
    return this.gate.isBlockedBy("cut");
  }

  /** Whether nothing can be sent. The browser is asked anew: others hear its `online` event before this store does. */
  get isOffline(): boolean {
    return this.isCut || navigator.onLine === false;
  }

  /** A call was answered UNAUTHORIZED, or the server said that the session is over. */
  noticeSignOut(reason: SessionEndCause | null): void {
    this.#session.suspect(reason);
  }

  /** Something was seen that only a newer server does. */
  noticeUpdate(): void {
    this.#update = true;
    this.#refresh();
  }

  #opened(socket: MeasuredSocket): void {
    // Cut while it was still opening.
    if (this.gate.isBlocked) {
      socket.abandon(CUT);
      return;
    }
    this.#socket = socket;
    // A server that takes a connection only to close it must not be asked twice a second.
    setTimeout(() => socket === this.#socket && this.gate.succeeded(), STABLE_MS);
    this.#set({ resumes: this.#state.resumes + (this.#wasOpen ? 1 : 0), closeReason: null });
    this.#wasOpen = true;
    this.#server.opened();
    this.#refresh();
    socket.measure();
  }

  #serverChanged(): void {
    const { instanceId, version } = this.#server.info ?? this.#state;
    if (this.#state.version !== null && this.#state.version !== version) this.#update = true;
    if (instanceId !== this.#state.instanceId || version !== this.#state.version) this.#set({ instanceId, version });
    this.#refresh();
  }

  #closed(socket: MeasuredSocket, code: number): void {
    const ended = sessionEndOf(code);
    if (ended) this.noticeSignOut(ended);
    // An attempt that failed closes too; the open socket it was to replace is not touched by that.
    if (this.#socket !== null && this.#socket !== socket) return;
    if (this.#socket) this.#server.closed();
    else if (!this.gate.isBlocked) this.#server.attemptFailed();
    this.#socket = null;
    const known = Object.values(closeCodes).find((close) => close.code === code);
    this.#set({ closeReason: known?.reason ?? null, rttMs: null });
    this.#refresh();
  }

  #sessionChanged(): void {
    const { phase, reason } = this.#session;
    if (phase === "signedIn") this.gate.unblock("session");
    else this.gate.block("session");
    const over = phase === "signedOut" || phase === "otherUser";
    this.#set({ signedOut: over ? { reason: reason ?? "sessionEnded", otherUser: phase === "otherUser" } : null });
    this.#refresh();
  }

  #resume(): void {
    // It belongs to the session it was opened with.
    this.#socket?.abandon(CUT);
    this.noticeAccess();
  }

  #look(): void {
    this.#server.tick();
    this.views.look(performance.now(), this.#state.state === "viaHttp" && document.visibilityState === "visible");
    this.#refresh();
  }

  #tick(): void {
    const { retryAt } = this.gate;
    const retryInMs = retryAt === null || this.#socket ? null : Math.max(retryAt - Date.now(), 0);
    // Rounded up to what a person reads, so that a countdown costs one render a second.
    const shown = retryInMs === null ? null : Math.ceil(retryInMs / 1_000) * 1_000;
    const lastEventAt = this.#pendingHeard ?? this.#state.lastEventAt;
    if (shown !== this.#state.retryInMs || lastEventAt !== this.#state.lastEventAt) this.#set({ retryInMs: shown, lastEventAt });
  }

  #phase(): ConnectionPhase {
    if (this.#session.phase === "signedOut" || this.#session.phase === "otherUser") return "signedOut";
    if (this.gate.isBlockedBy("cut") || this.gate.isBlockedBy("offline")) return "offline";
    if (this.#socket) {
      if (!this.#server.databaseAnswers) return "withoutDatabase";
      if (this.#update) return "updateAvailable";
      return this.views.areBehind ? "catchingUp" : "live";
    }
    if (this.#server.socketsBlocked) return "viaHttp";
    return this.#wasOpen || this.gate.attempts > 1 ? "reconnecting" : "connecting";
  }

  #refresh(): void {
    const state = this.#phase();
    const isCut = this.isCut;
    if (state !== this.#state.state || isCut !== this.#state.isCut) this.#set({ state, isCut });
    this.#tick();
  }

  #set(change: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}
