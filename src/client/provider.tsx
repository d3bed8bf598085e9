"use client";
/** What a page needs to talk to the server. Two of them on one page are two clients, each with a connection of its own. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { TRPCClientError } from "@trpc/client";
import { type ReactNode, useEffect, useState } from "react";
import { ConnectionContext } from "./connection.ts";
import { ConnectionStore } from "./connection-store.ts";
import { isUnsent } from "./error-code.ts";
import { createLinks } from "./links.ts";
import { trpc } from "./trpc.ts";

export interface ClientProviderProps {
  /**
   * Whose client this is: the user's id, so that signing in again as the same person goes on where it was. Another user makes
   * another client: what one has loaded is not shown to the next. Null: nobody is signed in.
   */
  readonly userId: string | null;
  readonly children: ReactNode;
}

/** Gives its children `trpc`, `useLive`, `useConnection`. */
export function ClientProvider({ userId, children }: ClientProviderProps) {
  return (
    <Client key={userId} userId={userId}>
      {children}
    </Client>
  );
}

function Client({ userId, children }: ClientProviderProps) {
  const [{ store, queryClient, trpcClient }] = useState(() => createClient(userId));
  useEffect(() => {
    // StrictMode unmounts and mounts again at once; a socket is not to flap for it.
    const cancel = pendingStops.get(store);
    if (cancel) {
      pendingStops.delete(store);
      clearTimeout(cancel.timer);
      return stopLater(store, cancel.stop);
    }
    return stopLater(store, store.start());
  }, [store]);
  useEffect(
    // What was refused while nobody was signed in is asked again.
    () => store.onResume(() => refetchFailed(queryClient)),
    [store, queryClient],
  );
  useEffect(() => {
    let offline = store.isOffline;
    return store.listen(() => {
      const before = offline;
      offline = store.getState().state === "offline";
      // What could not be asked meanwhile.
      if (before && !offline) refetchFailed(queryClient);
    });
  }, [store, queryClient]);
  return (
    <ConnectionContext value={store}>
      <trpc.Provider client={trpcClient} queryClient={queryClient}>
        <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
      </trpc.Provider>
    </ConnectionContext>
  );
}

const pendingStops = new WeakMap<ConnectionStore, { readonly timer: ReturnType<typeof setTimeout>; readonly stop: () => void }>();

function stopLater(store: ConnectionStore, stop: () => void): () => void {
  return () => {
    const timer = setTimeout(() => {
      pendingStops.delete(store);
      stop();
    }, 0);
    pendingStops.set(store, { timer, stop });
  };
}

function refetchFailed(queryClient: QueryClient): void {
  void queryClient.refetchQueries({ predicate: ({ state }) => state.status === "error" });
}

function createClient(userId: string | null) {
  const store = new ConnectionStore(userId);
  const queryClient = new QueryClient({
    defaultOptions: {
      queries: {
        // Events keep views true; queries need not look again by themselves because a window got focus.
        refetchOnWindowFocus: false,
        staleTime: 10_000,
        // By itself it would wait without a word until the browser has a network; the links say at once that there is none.
        networkMode: "always",
        refetchOnReconnect: true,
        retry: (failures, error) => failures < 3 && !isRefusal(error) && !isUnsent(error),
      },
      // Nor may a press wait: it would be sent when the network is back, and nobody expects it any more.
      mutations: { networkMode: "always" },
    },
  });
  return { store, queryClient, trpcClient: trpc.createClient({ links: createLinks({ store }) }) };
}

/** The server understood and said no; asking again gets the same answer. */
function isRefusal(error: Error): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  const data: unknown = error.data;
  return typeof data === "object" && data !== null && "httpStatus" in data && Number(data.httpStatus) < 500;
}
