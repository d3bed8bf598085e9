"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { httpLink } from "@trpc/client";
import { type ReactNode, useState } from "react";
import superjson from "superjson";
import { trpc } from "./trpc.ts";

/** `trpc` for pages of people who are not signed in: calls over HTTP, and no socket that would have nothing to say. */
export function VisitorProvider({ children }: { children: ReactNode }) {
  const [queryClient] = useState(
    // A form that waits in silence for the network to return looks broken; one that says so can be sent again.
    () => new QueryClient({ defaultOptions: { mutations: { networkMode: "always" } } }),
  );
  const [client] = useState(() => trpc.createClient({ links: [httpLink({ url: "/api/trpc", transformer: superjson })] }));
  return (
    <trpc.Provider client={client} queryClient={queryClient}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </trpc.Provider>
  );
}
