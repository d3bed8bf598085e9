"use client";
/** The connection as components see it. */
import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import type { ConnectionPhase, ConnectionState } from "./connection-state.ts";
import type { ConnectionStore } from "./connection-store.ts";
import type { SessionPhase } from "./session-watch.ts";

export type { ConnectionPhase, ConnectionState } from "./connection-state.ts";

const present: readonly ConnectionPhase[] = ["live", "updateAvailable", "viaHttp"];

/** Whether what is shown is of now, or a few seconds old at most. */
export function isOfNow(state: ConnectionPhase): boolean {
  return present.includes(state);
}

export const ConnectionContext = createContext<ConnectionStore | null>(null);

export interface Connection extends ConnectionState {
  /** Tries to connect now instead of waiting. */
  readonly retryNow: () => void;
  /** After signing in again on this page, without loading it: everything goes on from its place. See `ConnectionStore.resume`. */
  readonly resume: () => Promise<SessionPhase>;
  /** Takes this provider's client off the network, and puts it back. */
  readonly cut: () => void;
  readonly restore: () => void;
}

/** The store of the nearest provider; for plumbing. Components want `useConnection`. */
export function useConnectionStore(): ConnectionStore {
  const store = useContext(ConnectionContext);
  if (!store) throw new Error("The connection is known inside a <ClientProvider> only.");
  return store;
}

/** What the nearest provider's connection is doing. */
export function useConnection(): Connection {
  const store = useConnectionStore();
  const state = useSyncExternalStore(store.listen, store.getState, store.getServerState);
  return useMemo(
    () => ({ ...state, retryNow: store.retryNow, resume: store.resume, cut: store.cut, restore: store.restore }),
    [state, store],
  );
}
