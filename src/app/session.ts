import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { getServerBridge } from "#server/next.ts";

/** Who asks for this page; asked once per request, however many layouts and pages want to know. */
export const readSession = cache(async () => {
  // First: asking for headers is what tells `next build`, which runs without a server, that this page cannot be made ahead.
  const cookie = (await headers()).get("cookie");
  return getServerBridge().readSession(cookie);
});

/** Sends those who are not signed in to sign in, and back to `path` afterwards. */
export async function requireSession(path: string) {
  const session = await readSession();
  if (!session) redirect(`/sign-in?returnTo=${encodeURIComponent(path)}`);
  return session;
}
